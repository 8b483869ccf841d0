using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Cli.Rendering.Progress;
using ClipSharp.Training;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Runs;

namespace ClipSharp.Cli.Commands.Learning;

/// <summary><c>clipsharp train</c>: learns from pairs, or shows options, memory or a step of a run.</summary>
internal static class TrainCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var recipe = new Option<string>("--recipe")
        {
            Description = "A recipe file: these options as JSON. Flags win over it.",
            HelpName = "file",
        };
        var show = new Option<bool>("--show-options") { Description = "Print the merged options as JSON and stop." };
        var replay = new Option<long?>("--replay")
        {
            Description = "Do this step of the run --name again, show batch and gradients, and write nothing.",
            HelpName = "step",
        };
        var plan = new Option<bool>("--plan")
        {
            Description = "Print where the memory of a step goes, and what each switch would save, and stop.",
        };
        var ranks = new Option<int>("--ranks")
        {
            Description = "With --plan: as one of so many processes that share the batch.",
            HelpName = "n",
            DefaultValueFactory = _ => 1,
        };
        var json = SharedOptions.Json();
        json.Description = "With --plan: print one JSON object.";
        var command = new Command("train", "Train a CLIP from scratch on (image, text) pairs.") { recipe, show, replay, plan,
            ranks, json };
        foreach (var option in TrainFlags.Options)
        {
            command.Add(option);
        }

        command.SetAction((parsed, cancel) =>
        {
            var output = Output.Of(parsed);
            var options = TrainFlags.Merge(parsed, parsed.GetValue(recipe), needsData: !parsed.GetValue(plan));
            var processes = parsed.GetValue(ranks);
            if (parsed.GetValue(show))
            {
                output.Line(options.ToJson());
            }
            else if (parsed.GetValue(replay) is { } step)
            {
                Replay(options, step, output, cancel);
            }
            else if (parsed.GetValue(plan))
            {
                if (processes < 1 || options.BatchSize % processes != 0)
                {
                    throw new ClipException(ClipError.Usage, "The batch cannot be shared", "--ranks",
                        FormattableString.Invariant($"{processes} for a batch of {options.BatchSize}"),
                        "a number that divides it", "Give another --ranks or --batch-size.");
                }

                MemoryTable.Write(MemoryPlan.Of(options, processes: processes), output, parsed.GetValue(json));
            }
            else
            {
                return Task.FromResult(RankedRun.Start(options.Device, output, parsed.GetValue(CommandTree.Debug),
                    together => Run(options, output, cancel, ranks: together)));
            }

            return Task.FromResult(0);
        });
        return command
            .WithExample("clipsharp train --train-data shapes/train --caption-lines --val-data shapes/val --model ViT-Tiny-64 --batch-size 256 --epochs 10 --name first")
            .WithExample("clipsharp train --recipe recipes/flickr8k.json --name flickr8k")
            .WithExample("clipsharp train --name flickr8k --resume latest")
            .WithExample("mpirun -n 4 clipsharp train --recipe recipes/flickr8k.json --name flickr8k --shard-optimizer")
            .WithExample("clipsharp train --recipe logs/flickr8k/config.json --replay 1200")
            .WithExample("clipsharp train --model ViT-B-32 --batch-size 4096 --memory-recipe paper --micro-batch auto --plan");
    }

    /// <summary>Trains and shows how it goes.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="output">Where it is shown.</param>
    /// <param name="cancel">Asks it to stop.</param>
    /// <param name="goOn">What to type to go on after a stop, where that is another command's.</param>
    /// <param name="ranks">The processes that train together, of which the first shows it; null = this one alone.</param>
    public static TrainingEnd Run(TrainOptions options, Output output, CancellationToken cancel, string goOn = "--resume latest",
        ICollective? ranks = null)
    {
        if (ranks is { Rank: > 0 })
        {
            return new TrainingRun(options, ranks: ranks).Run(cancel);
        }

        using var view = new TrainingView(output);
        using var stopping = cancel.Register(view.Stopping);
        var evaluation = new TrainingEvaluation(options);
        var end = new TrainingRun(options, view.Show, evaluation.Run, TimeProvider.System, ranks: ranks)
            .Run(cancel);
        view.Finish(end, goOn);
        return end;
    }

    private static void Replay(TrainOptions options, long step, Output output, CancellationToken cancel)
    {
        ReplayReport report;
        using (var view = new TrainingView(output))
        {
            report = StepReplay.Run(options, step, view.Show, cancel);
        }

        ReplayTable.Print(report, output);
    }
}
