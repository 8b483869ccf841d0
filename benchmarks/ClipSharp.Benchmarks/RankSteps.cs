using System.Globalization;
using System.Text.Json.Nodes;
using ClipSharp.Data.Batches;
using ClipSharp.Models;
using ClipSharp.Torch;
using ClipSharp.Torch.Loading;
using ClipSharp.Training;
using ClipSharp.Training.Optimization;
using ClipSharp.Training.Ranks;
using TorchSharp;
using AdamW = ClipSharp.Training.Optimization.AdamW;

namespace ClipSharp.Benchmarks;

/// <summary>What a step of several processes takes, and how much of that is communication that nothing hides: steps that send, and
/// steps of the same work that send nothing, in turn. <c>mpirun -n N ... ranks PRESET BATCH [OPTIONS]</c>, the batch of
/// all.</summary>
internal static class RankSteps
{
    public const string Argument = "ranks";

    private const int Rounds = 5;

    public static void Run(string[] arguments)
    {
        LibTorch.EnsureLoaded();
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        if (arguments is not [var preset, var batch, .. var rest])
        {
            throw new ArgumentException("ranks PRESET BATCH [OPTIONS]");
        }

        using var ranks = RankLaunch.Join(TorchDevice.Cpu, Console.Error.WriteLine);
        var members = JsonNode.Parse(rest is [var json] ? json : "{}")!.AsObject();
        members["batch_size"] = int.Parse(batch, CultureInfo.InvariantCulture);
        var options = TrainOptions.FromJson(members, "OPTIONS");
        var config = ModelPresets.Find(preset);
        var counted = new CountedRanks(ranks);
        var (sending, silent) = (Step(config, options, counted), Step(config, options, new SilentRanks(ranks)));
        sending();
        var sent = counted.Bytes;
        var turns = Turns.Of(Rounds, 1, Together(sending), Together(silent));
        var (whole, share) = (turns.Of(0), Spread.Of(turns.Seconds[0].Zip(turns.Seconds[1], (all, work) => 1 - (work / all))));
        if (ranks.Rank == 0)
        {
            Console.WriteLine($"{preset}, {batch} pairs, {ranks.WorldSize} processes of {torch.get_num_threads()} threads, {ranks.Transport}: "
                + $"{whole.Median * 1e3:0} ms a step ({whole.Least * 1e3:0} to {whole.Most * 1e3:0}), communication {share.Median:P0} "
                + $"({share.Least:P0} to {share.Most:P0}), {sent / 1e6:0.0} MB given to it by each");
        }

        // Until the last one is through; the call that is not counted lets all begin together.
        Action Together(Action step) => () =>
        {
            step();
            ranks.Barrier();
        };
    }

    private static Action Step(ModelConfig config, TrainOptions options, ICollective ranks)
    {
        var rows = options.BatchSize / ranks.WorldSize;
        var (pixels, tokens) = RandomInputs.Of(config, rows);
        var batch = new TrainingBatch(0, pixels, tokens, new long[rows], TimeSpan.Zero);
        var model = ClipModel.Create(config);
        var optimizer = new AdamW(model.NamedParameters(), new AdamWOptions(State: options.OptimizerState), null,
            options.ShardOptimizer && ranks.WorldSize > 1 ? ranks : null);
        var trainer = new Trainer(model, optimizer, new CosineSchedule(1e-4, 0, 1000), Precision.Parse("fp32"), options, ranks: ranks);
        var step = 0;
        return () => trainer.Step(step++, batch);
    }
}
