using System.CommandLine;
using System.Runtime.CompilerServices;

namespace ClipSharp.Cli.Rendering;

/// <summary>Examples at the end of a command's help.</summary>
internal static class CommandExamples
{
    private static readonly ConditionalWeakTable<Command, List<string>> Examples = [];

    /// <summary>Adds an example, such as <c>clipsharp tokenize "a photo of a cat"</c>.</summary>
    public static T WithExample<T>(this T command, string example) where T : Command
    {
        Examples.GetOrCreateValue(command).Add(example);
        return command;
    }

    /// <summary>The examples of a command.</summary>
    public static IReadOnlyList<string> Of(Command command) => Examples.TryGetValue(command, out var examples) ? examples : [];
}
