using ClipSharp.Data.Batches;
using ClipSharp.Torch;
using ClipSharp.Training.Memory;
using ClipSharp.Training.Ranks;
using ClipSharp.Training.Runs.Checkpoints;

namespace ClipSharp.Training.Runs;

/// <summary>What the options leave to the machine ("auto"), decided. A run that goes on keeps what it began with; what its
/// checkpoint leaves open, as those of earlier versions may, is decided anew and told.</summary>
/// <param name="Plan">The memory, with the options as decided.</param>
/// <param name="PrecisionReason">Why the number format is this one, for people.</param>
/// <param name="Before">The checkpoint's options, with what they leave open as decided now; null for a run that begins.</param>
internal sealed record RunDecisions(MemoryPlan Plan, string PrecisionReason, TrainOptions? Before)
{
    /// <summary>The options; nothing in them is "auto" but the order of data, which is decided when the data is
    /// open.</summary>
    public TrainOptions Options => Plan.Options;

    /// <summary>Decides.</summary>
    /// <param name="options">Validated.</param>
    /// <param name="resume">Where the run goes on, or null.</param>
    /// <param name="tell">Gets what is decided anew.</param>
    /// <param name="ranks">The processes that share the batch; null = this one alone.</param>
    /// <exception cref="ClipException">Not even one row fits into memory, or there is no such device.</exception>
    public static RunDecisions Of(TrainOptions options, ResumePoint? resume, Action<TrainingEvent> tell,
        ICollective? ranks = null)
    {
        var before = resume?.State.Options;
        if (before is not null)
        {
            options = options with
            {
                Precision = options.Precision == NumberFormat.Auto ? before.Precision : options.Precision,
                DataOrder = options.DataOrder == DataOrder.Auto ? before.DataOrder : options.DataOrder,
                MicroBatch = options.MicroBatch == TrainOptions.AutoMicroBatch ? before.MicroBatch : options.MicroBatch,
                Pretrained = before.Pretrained, // where it once started from, whatever is there today
                PretrainedImage = before.PretrainedImage,
            };
        }

        var precision = Precision.Of(options.Precision, options.Device);
        var plan = MemoryPlan.Of(options with { Precision = precision.Format }, resume?.Path, processes: ranks?.WorldSize ?? 1,
            processesHere: ranks?.LocalSize ?? 1);
        if (before is null)
        {
            return new RunDecisions(plan, precision.Reason, null);
        }

        var reason = before.Precision == precision.Format ? "as the run began" : precision.Reason;
        if (before.Precision == NumberFormat.Auto)
        {
            before = before with { Precision = precision.Format };
            tell(new TrainingNote($"The checkpoint leaves the precision open: {precision.Name} from here on ({precision.Reason})"));
        }

        if (before.MicroBatch == TrainOptions.AutoMicroBatch)
        {
            before = before with { MicroBatch = plan.Options.MicroBatch };
            var rows = plan.Options.MicroBatch is { } some ? FormattableString.Invariant($"{some} rows") : "the whole batch";
            tell(new TrainingNote($"The checkpoint leaves the micro-batch open: {rows} from here on"));
        }

        return new RunDecisions(plan, reason, before);
    }
}
