using ClipSharp.Data.Sources;

namespace ClipSharp.Data.Index;

/// <summary>Whether what a source found is of use.</summary>
internal static class SampleVerdict
{
    /// <summary>The loss that it is, or null.</summary>
    /// <param name="sample">No remark.</param>
    /// <param name="need">What it must have beside its picture.</param>
    public static Skip? Of(SourceSample sample, SampleNeed need) => ReasonOf(sample, need) is not { } reason ? null
        : new Skip(reason, sample.File.Path, sample.Key,
            reason == SkipReason.BadText && sample.Skip is null ? sample.TextFault! : sample.Detail);

    private static SkipReason? ReasonOf(SourceSample sample, SampleNeed need)
    {
        if (sample.Skip is not null)
        {
            return sample.Skip;
        }

        var hasNeeded = need switch
        {
            SampleNeed.Picture => true,
            SampleNeed.Caption => sample.Captions.Count > 0,
            SampleNeed.Class => sample.Class >= 0,
            _ => sample.Captions.Count > 0 || sample.Class >= 0,
        };
        return sample.PictureLength switch
        {
            < 0 => sample.IsRepeated ? SkipReason.RepeatedMember : SkipReason.NoPicture,
            _ when !hasNeeded => sample.TextFault is not null ? SkipReason.BadText
                : sample.IsRepeated ? SkipReason.RepeatedMember
                : need == SampleNeed.Class ? SkipReason.NoClass : SkipReason.NoCaption,
            0 => SkipReason.EmptyPicture,
            > SampleIndex.MaxPictureLength => SkipReason.TooLarge,
            _ => null,
        };
    }
}
