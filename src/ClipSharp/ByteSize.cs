using System.Globalization;
using static System.FormattableString;

namespace ClipSharp;

/// <summary>Numbers of bytes for people: files by powers of ten, memory by powers of two.</summary>
internal static class ByteSize
{
    /// <summary>In the unit that fits: "900 bytes", "30.0 kB", "605.2 MB", "1.7 GB".</summary>
    public static string Fitting(long bytes) => bytes switch
    {
        < 1_000 => Invariant($"{bytes} bytes"),
        < 1_000_000 => Invariant($"{bytes / 1e3:0.0} kB"),
        < 1_000_000_000 => Invariant($"{bytes / 1e6:0.0} MB"),
        _ => Invariant($"{bytes / 1e9:0.0} GB"),
    };

    /// <summary>"1,234.5 MB", for columns of one unit.</summary>
    public static string Megabytes(long bytes) => Invariant($"{bytes / 1e6:N1} MB");

    /// <summary>"256 MiB", "0.5 MiB".</summary>
    public static string Mebibytes(long bytes) => Invariant($"{bytes / (double)(1 << 20):0.#} MiB");

    /// <summary>"1.6 GiB".</summary>
    public static string Gibibytes(long bytes, int decimals = 1) =>
        InGibibytes(bytes).ToString($"F{decimals}", CultureInfo.InvariantCulture) + " GiB";

    /// <summary>The number alone.</summary>
    public static double InGibibytes(long bytes) => bytes / (double)(1L << 30);
}
