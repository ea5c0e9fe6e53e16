using System.Globalization;

namespace Peregrine.Bench;

/// <summary>The results for people: a line for each part of each test.</summary>
internal static class ResultTable
{
    public static void Write(TextWriter output, IReadOnlyList<TestResult> results)
    {
        output.WriteLine($"{"test",-8} {"part",-12} {"seconds",8} {"CPU client",11} {"CPU server",11}   figures");
        foreach (var result in results)
        {
            var test = result.Test;
            foreach (var part in result.Parts)
            {
                output.WriteLine(
                    $"{test,-8} {part.Name,-12} {Number(part.Seconds, 2),8} {Number(part.ClientCpuSeconds, 2),11} {Server(part),11}   {Figures(part)}");
                test = "";
            }

            if (result.Failure is not null)
                output.WriteLine($"{test,-8} failed: {result.Failure}");
        }
    }

    private static string Server(TestPart part) => part.ServerCpuSeconds is { } seconds ? Number(seconds, 2) : "?";

    private static string Figures(TestPart part) =>
        string.Join(", ", part.Figures.Select(figure => $"{Number(figure.Value, figure.Decimals)} {figure.Title}"));

    private static string Number(double value, int decimals) => value.ToString($"N{decimals}", CultureInfo.InvariantCulture);
}
