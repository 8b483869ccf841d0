namespace ClipSharp.Training.Runs.Checkpoints;

/// <summary>Where a run stands: with the weights and moments, all that a resume needs, since batches are a function of the
/// step.</summary>
public sealed record TrainingState
{
    /// <summary>2: the checkpoint has a manifest; 1: it has none, as before there were manifests.</summary>
    public int Format { get; init; } = 1;

    /// <summary>Updates done.</summary>
    public required long Step { get; init; }

    /// <summary>Fingerprint of the training data's index.</summary>
    public required string Data { get; init; }

    /// <summary>Fingerprint of the tokenizer.</summary>
    public required string Tokenizer { get; init; }

    /// <summary>Seconds of training done.</summary>
    public required double Seconds { get; init; }

    /// <summary>The factor on the loss.</summary>
    public double LossScale { get; init; } = 1;

    /// <summary>Updates left out because a loss or a gradient was not finite.</summary>
    public long Skipped { get; init; }

    /// <summary>The run's options.</summary>
    public required TrainOptions Options { get; init; }
}
