using System.Globalization;
using System.Runtime.InteropServices;

namespace ClipSharp.Torch.Machine;

/// <summary>What Linux tells about processor and memory under /proc; other systems give the architecture only.</summary>
internal static class ProcessorInfo
{
    /// <summary>The processor's name and its flags in lower case.</summary>
    public static (string Name, IReadOnlySet<string> Flags) Read()
    {
        var lines = Lines("/proc/cpuinfo").TakeWhile(line => line.Length > 0).ToList(); // the first core's
        var name = Value(lines, "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        var flags = Value(lines, "flags") ?? Value(lines, "Features") ?? "";
        return (name, flags.Split(' ').ToHashSet(StringComparer.Ordinal));
    }

    /// <summary>Memory that could be used without swapping, in bytes.</summary>
    public static long? AvailableMemory() =>
        Value(Lines("/proc/meminfo"), "MemAvailable") is { } text
        && long.TryParse(text.Split(' ')[0], CultureInfo.InvariantCulture, out var kibibytes)
            ? kibibytes * 1024
            : null;

    private static string[] Lines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];

    private static string? Value(IEnumerable<string> lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim();
}
