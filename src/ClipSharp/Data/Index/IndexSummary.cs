namespace ClipSharp.Data.Index;

/// <summary>Least, middle and greatest of some numbers.</summary>
/// <param name="Least">The least.</param>
/// <param name="Median">The middle one.</param>
/// <param name="Greatest">The greatest.</param>
public readonly record struct Spread(long Least, long Median, long Greatest)
{
    /// <summary>The spread of some numbers; zeros where there are none.</summary>
    public static Spread Of(IEnumerable<long> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? default : new Spread(sorted[0], sorted[sorted.Length / 2], sorted[^1]);
    }
}

/// <summary>Figures of an index that say whether the data is what one thinks it is.</summary>
public sealed record IndexSummary
{
    /// <summary>Caption lengths in words from which each bar of <see cref="CaptionWords"/> begins.</summary>
    public static readonly IReadOnlyList<int> WordSteps = [1, 2, 3, 5, 8, 12, 16, 24, 32, 48, 64];

    /// <summary>Usable samples.</summary>
    public required int Samples { get; init; }

    /// <summary>Files that hold them.</summary>
    public required int Files { get; init; }

    /// <summary>All captions.</summary>
    public required int Captions { get; init; }

    /// <summary>Captions that differ as texts.</summary>
    public required int DistinctCaptions { get; init; }

    /// <summary>Captions of one sample.</summary>
    public required Spread CaptionsPerSample { get; init; }

    /// <summary>Captions by length in words, bars begin at <see cref="WordSteps"/>.</summary>
    public required IReadOnlyList<int> CaptionWords { get; init; }

    /// <summary>Samples of each class, class by class; empty where no sample has one.</summary>
    public required IReadOnlyList<int> ClassCounts { get; init; }

    /// <summary>Bytes of a picture file.</summary>
    public required Spread PictureBytes { get; init; }

    /// <summary>Counts everything once.</summary>
    public static IndexSummary Of(SampleIndex index)
    {
        var all = Enumerable.Range(0, index.Count);
        var distinct = new HashSet<string>(StringComparer.Ordinal);
        var words = new int[WordSteps.Count];
        var classes = new SortedDictionary<int, int>();
        foreach (var sample in all)
        {
            foreach (var caption in index.Captions(sample))
            {
                distinct.Add(caption);
                var count = CountWords(caption);
                words[WordSteps.Count - 1 - WordSteps.Reverse().TakeWhile(s => s > count).Count()]++;
            }

            if (index.Class(sample) is var number and >= 0)
            {
                classes[number] = classes.GetValueOrDefault(number) + 1;
            }
        }

        return new IndexSummary
        {
            Samples = index.Count,
            Files = index.Files.Count,
            Captions = index.CaptionCount,
            DistinctCaptions = distinct.Count,
            CaptionsPerSample = Spread.Of(all.Select(s => (long)index.Captions(s).Length)),
            CaptionWords = words,
            ClassCounts = [.. classes.Values],
            PictureBytes = Spread.Of(all.Select(s => (long)index.Picture(s).Length)),
        };
    }

    private static int CountWords(string text)
    {
        var (count, inWord) = (0, false);
        foreach (var c in text)
        {
            var isSpace = char.IsWhiteSpace(c);
            count += !isSpace && !inWord ? 1 : 0;
            inWord = !isSpace;
        }

        return count;
    }
}
