namespace ClipSharp.Files;

/// <summary>How progress lines say the time left.</summary>
internal static class TimeLeft
{
    /// <summary>Seconds, minutes with seconds, or hours with minutes.</summary>
    public static string Of(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => FormattableString.Invariant($"{Math.Ceiling(time.TotalSeconds):0} s"),
        { TotalMinutes: < 60 } => FormattableString.Invariant($"{(int)time.TotalMinutes} min {time.Seconds} s"),
        _ => FormattableString.Invariant($"{(int)time.TotalHours} h {time.Minutes} min"),
    };
}
