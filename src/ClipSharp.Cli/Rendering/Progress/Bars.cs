namespace ClipSharp.Cli.Rendering.Progress;

/// <summary>Shares as horizontal bars of block characters, an eighth of a column exact.</summary>
internal static class Bars
{
    private const string Eighths = "▏▎▍▌▋▊▉█";

    /// <summary>A bar of <paramref name="share"/> · <paramref name="width"/> columns; NaN and numbers outside [0, 1] are
    /// clamped.</summary>
    public static string Of(double share, int width)
    {
        var eighths = (int)Math.Round((double.IsNaN(share) ? 0 : Math.Clamp(share, 0, 1)) * width * 8);
        var rest = eighths % 8;
        return new string(Eighths[7], eighths / 8) + (rest > 0 ? Eighths[rest - 1].ToString() : "");
    }
}
