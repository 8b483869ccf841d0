namespace ClipSharp.Training.Doctor;

/// <summary>What was found before a long run.</summary>
internal sealed record DoctorReport
{
    /// <summary>Whether the run may begin: nothing stands against it.</summary>
    public bool Go => !Findings.Any(finding => finding.IsNo);

    /// <summary>Usable samples.</summary>
    public required long Samples { get; init; }

    /// <summary>What was left out while indexing, by reason.</summary>
    public required IReadOnlyDictionary<string, long> Skipped { get; init; }

    /// <summary>The captions.</summary>
    public required CaptionSurvey Captions { get; init; }

    /// <summary>The pictures.</summary>
    public required PictureCheck Pictures { get; init; }

    /// <summary>One batch, learnt by heart; null where not even that fits into memory.</summary>
    public required OverfitTrial? Overfit { get; init; }

    /// <summary>What the whole run will take.</summary>
    public required RunForecast Forecast { get; init; }

    /// <summary>What stands against the run or should be known, the gravest first.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }
}

/// <summary>Something found.</summary>
/// <param name="IsNo">Whether the run should not begin so.</param>
/// <param name="Text">Figure, limit, remedy.</param>
internal sealed record Finding(bool IsNo, string Text);

/// <summary>What the whole run will take.</summary>
/// <param name="Steps">Steps.</param>
/// <param name="DataPerSecond">Pairs a second that the loader makes ready, none kept in memory.</param>
/// <param name="ModelPerSecond">Pairs a second that the model learns; null where that was not tried.</param>
/// <param name="Seconds">Of the whole run, evaluations not counted; null where that is not known.</param>
/// <param name="CheckpointBytes">Of one checkpoint.</param>
/// <param name="DiskBytes">Of all that are kept, and the one being written.</param>
/// <param name="FreeBytes">Free where they go.</param>
/// <param name="PeakBytes">Most memory of this process up to here, with the trial's batch.</param>
/// <param name="StepBytes">Predicted: the peak of a step of the run's own batch.</param>
/// <param name="DataBytes">Predicted: batches made ahead, decoded pictures that are kept, and the copy for a save.</param>
/// <param name="AvailableBytes">What memory there is for these.</param>
internal sealed record RunForecast(
    long Steps, double DataPerSecond, double? ModelPerSecond, double? Seconds, long CheckpointBytes, long DiskBytes,
    long FreeBytes, long PeakBytes,
    long StepBytes, long DataBytes, long AvailableBytes);
