using System.Text.Json.Serialization;

namespace ClipSharp.Evaluation.Overlaps;

/// <summary>The members of the JSON of a study, in their order.</summary>
internal sealed record OverlapLayout(string Model, string Engine, IReadOnlyList<string> Train, double Near, int HashDistance,
    long TrainingPictures, IReadOnlyDictionary<string, long> TrainingSkipped, IReadOnlyList<SetLayout> Sets);

/// <summary>A test set.</summary>
internal sealed record SetLayout(string Dataset, string Split, int Pictures, IReadOnlyDictionary<string, long> Skipped,
    int Overlap, double Share, [property: JsonPropertyName("share_interval_99_5")] double[]? ShareInterval,
    IReadOnlyList<AccuracyLayout>? Measured, IReadOnlyList<PairLayout> Pairs);

/// <summary>An evaluation on it.</summary>
internal sealed record AccuracyLayout(string Model, string Task, int All, int Clean, int Overlap, double? AccAll,
    double? AccClean, double? AccOverlap, [property: JsonPropertyName("acc_overlap_interval_99_5")] double[]? OverlapInterval,
    double? Gain, double? PValue, double? PBonferroni);

/// <summary>A test picture and the training picture that decides.</summary>
internal sealed record PairLayout(string Test, string Train, string TrainFile, float Cosine, int HashDistance, bool Identical,
    bool Overlap);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n",
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(OverlapLayout))]
internal sealed partial class OverlapJson : JsonSerializerContext;
