using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Evaluation.Features;
using ClipSharp.Models;

namespace ClipSharp.Cli.Commands.Prompting;

/// <summary>Commands about the sentences that stand for classes.</summary>
internal static class PromptsCommand
{
    public static Command Create() => Create(ClipOptions.LoadTorch, FeatureStore.OfUser());

    internal static Command Create(Func<ModelFiles, string, string, Clip> load, FeatureStore features) =>
        new("prompts", "Find out which sentences about classes help a model.")
        {
            PromptsScoreCommand.Create(load, features),
        };
}
