namespace ClipSharp.Evaluation.Metrics.Curves;

/// <summary>Average precision as PASCAL VOC had it until 2009 (Everingham et al. 2010, 4.2): the mean over the recalls 0, 0.1 ...
/// 1 of the best precision at that recall or beyond, as its mean over the classes. The paper's measure of VOC 2007. Equal scores
/// stand in the order of the rows, as in VOC's own code.</summary>
public sealed class VocElevenPoint(string name = "voc_11_point") : MeanOverClasses(name)
{
    private protected override double ValueOf(Ranking ranking, ReadOnlySpan<int> times) => ranking.Voc(times).ElevenPoints;
}
