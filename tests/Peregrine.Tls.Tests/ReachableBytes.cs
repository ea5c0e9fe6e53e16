using System.Reflection;
using System.Runtime.InteropServices;

namespace Peregrine.Tls.Tests;

/// <summary>
/// Every byte array that can be reached from an object by its fields: what a memory dump would show of it. Statics are not followed.
/// </summary>
internal sealed class ReachableBytes
{
    private readonly HashSet<object> _seen = new(ReferenceEqualityComparer.Instance);
    private readonly List<byte[]> _arrays = [];

    public ReachableBytes(object root)
    {
        var waiting = new Stack<object>([root]);
        while (waiting.TryPop(out var next))
        {
            if (!next.GetType().IsValueType && !_seen.Add(next))
                continue;
            if (next is byte[] bytes)
                _arrays.Add(bytes);
            else
                Follow(next, waiting);
        }
    }

    public int Count => _arrays.Count;

    public int Longest => _arrays.Max(array => array.Length);

    public bool Contain(ReadOnlySpan<byte> secret)
    {
        foreach (var array in _arrays)
        {
            if (array.AsSpan().IndexOf(secret) >= 0)
                return true;
        }

        return false;
    }

    private static void Follow(object next, Stack<object> waiting)
    {
        if (next is string or Type or MemberInfo or Delegate or SafeHandle || next.GetType().IsPrimitive || next.GetType().IsPointer)
            return;
        if (next is Array array)
        {
            if (array.GetType().GetElementType()!.IsPrimitive)
                return;
            foreach (var element in array)
            {
                if (element is not null)
                    waiting.Push(element);
            }

            return;
        }

        for (var type = next.GetType(); type is not null; type = type.BaseType)
        {
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (!field.FieldType.IsPointer && !field.FieldType.IsByRefLike && field.GetValue(next) is { } value)
                    waiting.Push(value);
            }
        }
    }
}
