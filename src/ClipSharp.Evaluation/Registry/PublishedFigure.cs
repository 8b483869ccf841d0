namespace ClipSharp.Evaluation.Registry;

/// <summary>A figure of one of OpenAI's nine models that others published.</summary>
/// <param name="Set">The set, or the collection of which it is the mean.</param>
/// <param name="Model">The model, in open_clip's words: "ViT-L-14-336", "RN50x16".</param>
/// <param name="Task">How: "zeroshot_classification", "linear_probe", "zeroshot_retrieval"; null = the set's own task.</param>
/// <param name="Metric">What; null = the set's main metric, for the paper that of its cut.</param>
/// <param name="Percent">The figure, 0 to 100.</param>
/// <param name="Source">Where it stands: "paper T11", "open_clip results".</param>
/// <param name="IsRerun">Whether others than the model's authors measured it.</param>
public sealed record PublishedFigure(string Set, string Model, string? Task, string? Metric, double Percent, string Source,
    bool IsRerun);
