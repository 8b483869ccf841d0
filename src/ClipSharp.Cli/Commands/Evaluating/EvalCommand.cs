using System.CommandLine;
using ClipSharp.Cli.Inputs;
using ClipSharp.Cli.Rendering;
using ClipSharp.Evaluation.Features;
using ClipSharp.Evaluation.Tasks;
using ClipSharp.Models;
using ClipSharp.ZeroShot;

namespace ClipSharp.Cli.Commands.Evaluating;

/// <summary><c>clipsharp eval</c>: how well models do on data sets, in CLIP_benchmark's words.</summary>
internal static class EvalCommand
{
    public static Command Create() => Create(ClipOptions.LoadTorch, ClassifierCache.OfUser(), FeatureStore.OfUser());

    internal static Command Create(Func<ModelFiles, string, string, Clip> load, ClassifierCache cache, FeatureStore features)
    {
        var clip = new ClipOptions(load, readsDataSets: true, manyModels: true);
        var sets = new SetFlags("measured");
        var task = new Option<string[]>("--task")
        {
            Description = "What is measured, or auto: what the data set is for.",
            HelpName = "name",
            DefaultValueFactory = _ => ["auto"],
            AllowMultipleArgumentsPerToken = true,
        };
        task.OneOf(["auto", .. EvaluationTasks.Words]);
        var prompts = new PromptFlags();
        var tasks = new TaskFlags();
        var batch = SharedOptions.BatchSize();
        var output = new Option<string?>("--output", "-o")
        {
            Description = "Write each result as JSON, as CLIP_benchmark has it: a path that may hold {dataset}, {split}, {model}, {pretrained}, {task}, {language}.",
            HelpName = "pattern",
        };
        var skip = new Option<bool>("--skip-existing")
        {
            Description = "Leave out results that were written.",
        };
        var json = SharedOptions.Json();
        var part = new PartFlag();
        var command = new Command("eval", "Measure models on data sets: naming, retrieval, probes and more.");
        sets.AddTo(command);
        command.Options.Add(task);
        prompts.AddTo(command);
        tasks.AddTo(command);
        sets.AddReadingTo(command);
        foreach (var option in (Option[])[batch, output, skip, json])
        {
            command.Options.Add(option);
        }

        part.AddTo(command);
        command
            .WithExample("clipsharp eval --model logs/first/checkpoints/epoch_10 --dataset data/cifar10/test --output cifar10.json")
            .WithExample("clipsharp eval -m logs/first/checkpoints/epoch_10 --dataset \"data/flickr8k/val/{0..1}.tar\" --task retrieval --recall-k 1,10");
        command.Subcommands.Add(EvalBuildCommand.Create());
        command.Subcommands.Add(EvalOverlapCommand.Create(load, features));
        var reading = new DataFlags(command, captionLines: false);
        clip.AddTo(command);
        command.SetAction((parsed, cancel) =>
        {
            var options = tasks.Bind(parsed, prompts.Bind(parsed, sets.Bind(parsed, reading))).Validated();
            var plan = EvalPlan.Make(clip.WholePaths(parsed, cancel), sets.Datasets(parsed), sets.Root(parsed),
                parsed.GetValue(task)!, options, parsed.GetValue(output), parsed.GetValue(skip));
            var runs = new EvalRuns(plan, Output.Of(parsed), parsed.GetValue(json), cache,
                sets.Features(parsed, features))
            {
                Part = part.Of(parsed),
                Load = path =>
                {
                    var model = clip.Load(parsed, path);
                    model.BatchSize = parsed.GetValue(batch);
                    return model;
                },
            };
            return Task.FromResult(runs.Run(cancel));
        });
        return command;
    }
}
