using ClipSharp.Data.Sources;
using ClipSharp.Models;
using ClipSharp.Text;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Runs;

/// <summary>Everything that can be refused before a folder is made, a corpus drawn or an hour spent on an index.</summary>
internal static class RunChecks
{
    /// <summary>Refuses a run that cannot begin.</summary>
    /// <param name="options">The run's.</param>
    /// <param name="needsData">False before the data are there.</param>
    /// <param name="processes">How many share the batch.</param>
    /// <exception cref="ClipException">Options out of range, a device or a file that is not there, a model that cannot be
    /// opened.</exception>
    public static void Require(TrainOptions options, bool needsData = true, int processes = 1)
    {
        options.Validated("options", needsData);
        options.Device.Open();
        if (options.BatchSize % processes != 0)
        {
            throw new ClipException(ClipError.Usage, "The batch cannot be shared", "--batch-size",
                FormattableString.Invariant($"{options.BatchSize} for {processes} processes"),
                "a multiple of their number, as it is the pairs of all of them together",
                FormattableString.Invariant($"Give --batch-size {Math.Max(1, options.BatchSize / processes) * processes}."));
        }

        if (options.Resume is not (null or "latest"))
        {
            Checkpoint.ReadState(options.Resume);
        }

        if (options.Pretrained is null)
        {
            ModelPresets.Find(options.Model);
        }

        // A run that goes on needs none of them: its weights are in the checkpoint.
        foreach (var start in options.Resume is null ? (string?[])[options.Pretrained, options.PretrainedImage] : [])
        {
            if (start is not null)
            {
                ModelFiles.Open(start);
            }
        }

        if (options.Vocab is { } vocabulary)
        {
            TextTokenizer.Load(vocabulary);
        }

        if (options.Resume is null)
        {
            MemoryPlan.Of(options, processes: processes); // a resumed run keeps its micro-batch
        }

        if (needsData)
        {
            SampleSources.Open(options.TrainData!, options.DataOptions());
        }
    }
}
