using System.Runtime.CompilerServices;

namespace ClipSharp.Cli.Tests;

/// <summary>Commands that tests run in this process keep their caches apart from the user's.</summary>
internal static class OwnCache
{
    [ModuleInitializer]
    public static void Begin()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"clipsharp-cache-{Environment.ProcessId}");
        Environment.SetEnvironmentVariable("CLIPSHARP_CACHE", folder);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        };
    }
}
