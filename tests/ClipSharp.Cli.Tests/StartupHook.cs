using System.Globalization;
using System.Text.Json;

/// <summary>What .NET calls before the program where DOTNET_STARTUP_HOOKS names this assembly, by this very name: it runs the
/// program's <c>Main</c> once for each line of the input, a JSON array of arguments, and ends with the input.</summary>
internal static class StartupHook
{
    /// <summary>Ends what a run printed; its exit code follows on a line.</summary>
    internal const char End = '\u0004';

    internal static void Initialize()
    {
        Environment.SetEnvironmentVariable("DOTNET_STARTUP_HOOKS", null); // no business of the processes that commands start
        var main = typeof(ClipSharp.Cli.CommandLine).Assembly.EntryPoint!;
        while (Console.In.ReadLine() is { } line)
        {
            var code = main.Invoke(null, [JsonSerializer.Deserialize<string[]>(line)]);
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{End}{code}"));
        }

        Environment.Exit(0);
    }
}
