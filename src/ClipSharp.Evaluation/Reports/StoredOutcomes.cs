namespace ClipSharp.Evaluation.Reports;

/// <summary>The outcomes of one side of a task as they were kept beside its report.</summary>
/// <param name="Outcomes">N rows.</param>
/// <param name="Pictures">[N]: where each row's picture lies; null where that is not known.</param>
public sealed record StoredOutcomes(Outcomes Outcomes, IReadOnlyList<PicturePlace?> Pictures);
