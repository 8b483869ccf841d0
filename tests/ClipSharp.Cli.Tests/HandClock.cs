namespace ClipSharp.Cli.Tests;

/// <summary>A clock that a test sets.</summary>
internal sealed class HandClock : TimeProvider
{
    public double Seconds { get; set; }

    public override long TimestampFrequency => 10;

    public override long GetTimestamp() => (long)Math.Round(Seconds * 10);
}
