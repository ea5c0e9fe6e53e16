using System.Reflection;
using Peregrine.Quic;

namespace Peregrine.WebTransport.Tests;

[Trait("Review", "P7")]
public sealed class NamespaceTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void No_public_member_of_WebTransport_names_a_type_of_another_layer()
    {
        var foreign =
            from type in typeof(WebTransportSession).Assembly.GetExportedTypes()
            from member in type.GetMembers(Declared)
            from named in Named(member)
            where named.Namespace is "Peregrine.Quic" or "Peregrine.Http3"
            select $"{type.Name}.{member.Name}: {named}";
        Assert.Empty(foreign);
    }

    [Fact]
    public void The_results_of_sending_have_the_numbers_of_those_beneath() =>
        Assert.Equal(
            Enum.GetValues<DatagramSendResult>().Select(result => (result.ToString(), (int)result)),
            Enum.GetValues<WebTransportDatagramResult>().Select(result => (result.ToString(), (int)result)));

    [Fact]
    public void The_directions_of_an_abort_have_the_numbers_of_those_beneath() =>
        Assert.Equal(
            Enum.GetValues<QuicAbortDirection>().Select(direction => (direction.ToString(), (int)direction)),
            Enum.GetValues<WebTransportAbortDirection>().Select(direction => (direction.ToString(), (int)direction)));

    private static IEnumerable<Type> Named(MemberInfo member) => member switch
    {
        MethodBase { IsPublic: false, IsFamily: false } => [],
        MethodInfo method => [.. Parts(method.ReturnType), .. method.GetParameters().SelectMany(p => Parts(p.ParameterType))],
        ConstructorInfo constructor => constructor.GetParameters().SelectMany(p => Parts(p.ParameterType)),
        FieldInfo { IsPublic: true } field => Parts(field.FieldType),
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) => type switch
    {
        { HasElementType: true } => Parts(type.GetElementType()!),
        { IsGenericType: true } => [type, .. type.GetGenericArguments().SelectMany(Parts)],
        _ => [type],
    };
}
