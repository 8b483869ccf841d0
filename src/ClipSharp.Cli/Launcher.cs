namespace ClipSharp.Cli;

/// <summary>How this program was started, for commands that a person shall type next.</summary>
internal static class Launcher
{
    /// <summary>The word that starts it: what the launcher script was called by, else the installed tool's name.</summary>
    public static string Name =>
        Environment.GetEnvironmentVariable("CLIPSHARP_LAUNCHER") is { Length: > 0 } typed ? typed : "clipsharp";
}
