namespace ClipSharp.Evaluation.Metrics.Curves;

/// <summary>Average precision as PASCAL VOC has it since 2010: the area below the curve of precision over recall, each precision
/// raised to the best at that recall or beyond, as its mean over the classes. Equal scores stand in the order of the rows, as in
/// VOC's own code.</summary>
public sealed class VocArea(string name = "voc_area") : MeanOverClasses(name)
{
    private protected override double ValueOf(Ranking ranking, ReadOnlySpan<int> times) => ranking.Voc(times).Area;
}
