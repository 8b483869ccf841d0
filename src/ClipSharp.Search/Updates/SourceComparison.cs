using ClipSharp.Data.Index;
using ClipSharp.Search.Collections;

namespace ClipSharp.Search.Updates;

/// <summary>What sources hold against what a store knows of them: size and time say whether a picture is read again. Nothing is
/// read here but the names of files.</summary>
internal sealed class SourceComparison
{
    private readonly HashSet<(string, long)> _seen = [];

    private SourceComparison()
    {
    }

    /// <summary>Pictures that are new or may have changed, each with its number among the samples.</summary>
    public List<(int Sample, IndexedPicture Picture)> Candidates { get; } = [];

    /// <summary>Pictures of these sources that are no longer there; some may have moved.</summary>
    public List<IndexedPicture> Gone { get; } = [];

    /// <summary>Pictures that could not be decoded and are as they were then.</summary>
    public SkipReport LeftOut { get; } = new();

    /// <summary>Pictures that are as they were.</summary>
    public long Unchanged { get; private set; }

    /// <summary>The pictures of some sources in their order, each once, with its number among the samples.</summary>
    /// <param name="source">What was named.</param>
    /// <param name="found">Its samples.</param>
    public static List<(int Sample, IndexedPicture Picture)> Pictures(CombinedSource source, SampleIndex found)
    {
        var (pictures, seen) = (new List<(int, IndexedPicture)>(found.Count), new HashSet<(string, long)>());
        for (var sample = 0; sample < found.Count; sample++)
        {
            var picture = PictureOf(source, found, sample);
            if (seen.Add(picture.Id)) // two rows of a table may be about one picture
            {
                pictures.Add((sample, picture));
            }
        }

        return pictures;
    }

    /// <summary>Compares.</summary>
    /// <param name="source">What was named.</param>
    /// <param name="pictures">Its pictures, or those of a part.</param>
    /// <param name="known">What the store holds.</param>
    public static SourceComparison Of(CombinedSource source, IEnumerable<(int Sample, IndexedPicture Picture)> pictures,
        KnownPictures known)
    {
        var comparison = new SourceComparison();
        foreach (var (sample, picture) in pictures)
        {
            comparison.Add(sample, picture, known);
        }

        comparison.Gone.AddRange(known.All.Where(picture => !comparison._seen.Contains(picture.Id)
            && source.Names.Any(name => picture.Source == name || CombinedSource.IsBelow(picture.Place, name))));
        return comparison;
    }

    private void Add(int sample, IndexedPicture picture, KnownPictures known)
    {
        _seen.Add(picture.Id);
        if (known.Find(picture)?.IsAs(picture) == true)
        {
            Unchanged++;
        }
        else if (known.LeftOut(picture) is { } tried)
        {
            LeftOut.Add(new Skip(tried.Reason, tried.Place, tried.Key, tried.Detail));
        }
        else
        {
            Candidates.Add((sample, picture));
        }
    }

    private static IndexedPicture PictureOf(CombinedSource source, SampleIndex found, int sample)
    {
        var (file, offset, length) = found.Picture(sample);
        var captions = found.Captions(sample);
        return new IndexedPicture(file.Path, found.Key(sample))
        {
            Offset = offset,
            Length = length,
            Modified = file.Modified,
            Source = source.SourceOf(file.Path),
            Caption = captions.IsEmpty ? null : captions[0],
        };
    }
}
