namespace ClipSharp.Models.Layouts;

/// <summary>The <c>mlp_ratio</c> of open_clip's JSON from the widths that all other sources tell.</summary>
internal static class MlpRatio
{
    /// <summary>The ratio for which width · ratio, cut to an integer, gives the hidden width again.</summary>
    public static double Of(int hidden, int width)
    {
        var ratio = (double)hidden / width;
        return (int)(width * ratio) == hidden ? ratio : Math.BitIncrement(ratio);
    }
}
