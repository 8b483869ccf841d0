using System.Text.Json;
using System.Text.Json.Serialization;
using ClipSharp.Data.Index;
using ClipSharp.Files;
using ClipSharp.Parts;
using ClipSharp.Search.Collections;
using ClipSharp.Search.Segments;

namespace ClipSharp.Search.Updates;

/// <summary>An index that several processes make: each an index of its own share of the pictures, within the whole one's folder
/// (<c>parts/2-of-8</c>), and a stamp once it is done (<c>parts/2-of-8.json</c>).</summary>
internal static class IndexParts
{
    /// <summary>The folder of an index's parts.</summary>
    public static PartFolder Of(string index) => new(Path.Combine(index, IndexFolder.PartsName));

    /// <summary>Where the stamp of a part lies.</summary>
    public static string StampOf(PartFolder parts, WorkPart part) => parts.Of(part) + ".json";

    /// <summary>The stamp of a part, or null where it is not done.</summary>
    public static IndexPartStamp? Find(PartFolder parts, WorkPart part) =>
        File.Exists(StampOf(parts, part)) ? JsonFile.Read(StampOf(parts, part), IndexPartJson.Default.IndexPartStamp) : null;

    /// <summary>The pictures of a part: those of whole segments.</summary>
    public static IReadOnlyList<(int Sample, IndexedPicture Picture)> Share(WorkPart part,
        IReadOnlyList<(int Sample, IndexedPicture Picture)> pictures, int segmentPictures)
    {
        var (first, end) = part.Of((int)(((long)pictures.Count + segmentPictures - 1) / segmentPictures));
        return [.. pictures.Take((int)Math.Min(pictures.Count, (long)end * segmentPictures)).Skip(first * segmentPictures)];
    }

    /// <summary>Takes a part's place among the others.</summary>
    /// <exception cref="ClipException">The index is there already, another process makes this part, or the others are of
    /// another number.</exception>
    public static Membership Join(string index, WorkPart part)
    {
        if (IndexManifest.Find(index) is not null)
        {
            throw new ClipException(ClipError.CannotCreate, "The index is there already", index, IndexManifest.FileName,
                "no index: parts make a new one", "Bring it up to date without --part, or choose another folder.");
        }

        var parts = Of(index);
        parts.Hold(part).Dispose(); // the part's own index is held by its writer
        return new Membership(parts, part);
    }

    /// <summary>A process's place among those that make an index.</summary>
    internal sealed class Membership(PartFolder parts, WorkPart part)
    {
        private IndexPartStamp? _stamp;

        /// <summary>Where this part's index lies.</summary>
        public string Folder => parts.Of(part);

        /// <summary>Whether it tells what the sources lost.</summary>
        public bool IsFirst => part.Number == 1;

        /// <summary>The pictures of this part.</summary>
        public IReadOnlyList<(int Sample, IndexedPicture Picture)> Begin(SampleIndex found,
            IReadOnlyList<(int Sample, IndexedPicture Picture)> pictures, int segmentPictures)
        {
            var share = Share(part, pictures, segmentPictures);
            _stamp = new IndexPartStamp(found.Fingerprint, segmentPictures, share.Count, LeftOut: 0);
            return share;
        }

        /// <summary>Says that the part is done.</summary>
        public void Finish(long leftOut) => AtomicFile.WriteText(StampOf(parts, part),
            JsonSerializer.Serialize(_stamp! with { LeftOut = leftOut }, IndexPartJson.Default.IndexPartStamp) + "\n");
    }
}

/// <summary>What a part was made of.</summary>
/// <param name="Data">Hash over all that the sources hold.</param>
/// <param name="SegmentPictures">Pictures of a segment.</param>
/// <param name="Pictures">Pictures of this part.</param>
/// <param name="LeftOut">How many of them have no vector.</param>
internal sealed record IndexPartStamp(string Data, int SegmentPictures, long Pictures, long LeftOut);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(IndexPartStamp))]
internal sealed partial class IndexPartJson : JsonSerializerContext;
