using System.Runtime.InteropServices;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sources;
using ClipSharp.Evaluation.Sets.Labels;
using ClipSharp.Weights;

namespace ClipSharp.Evaluation.Tests.Sets.Labels;

public sealed class LabelVectorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Each_picture_of_a_shard_has_the_vector_of_its_key()
    {
        var index = Shard(new TarBuilder()
            .Add("s0.webp", ColourPictures.Png(0)).Add("s0.npy", Npy64(1, 0, 1))
            .Add("s1.npy", Npy32(0, 1, -1)).Add("s1.webp", ColourPictures.Png(1)) // before its picture; difficult
            .Add("s2.webp", ColourPictures.Png(2)).Add("s2.npy", Npy64(0, 0, 0)));

        var labels = LabelVectors.Read(index);

        Assert.Equal((3, 3, 0L), (labels.Count, labels.Classes, labels.Skips.Total));
        Assert.Equal([1, 0, 1], labels[0].ToArray());
        Assert.Equal([0, 1, LabelVectors.Difficult], labels[1].ToArray());
        Assert.Equal([0, 0, 0], labels[2].ToArray());
    }

    [Fact]
    public void Of_a_key_that_repeats_each_picture_has_its_own()
    {
        var index = Shard(new TarBuilder()
            .Add("s.png", ColourPictures.Png(0)).Add("s.npy", Npy64(1, 0))
            .Add("s.png", ColourPictures.Png(1)).Add("s.npy", Npy64(0, 1)));
        var labels = LabelVectors.Read(index);
        Assert.Equal([1, 0, 0, 1], Enumerable.Range(0, index.Count).SelectMany(sample => labels[sample].ToArray()));
    }

    [Fact]
    public void What_is_no_vector_of_labels_is_counted_and_shifts_nothing()
    {
        var index = Shard(new TarBuilder()
            .Add("s0.png", ColourPictures.Png(0)).Add("s0.npy", "no array")
            .Add("s1.png", ColourPictures.Png(0)).Add("s1.npy", Npy64(1, 0))
            .Add("s2.png", ColourPictures.Png(0))
            .Add("s3.png", ColourPictures.Png(0)).Add("s3.npy", Npy64(1, 0, 1))
            .Add("s4.png", ColourPictures.Png(0)).Add("s4.npy", Npy64(0, 7))
            .Add("s5.png", ColourPictures.Png(0)).Add("s5.npy", Npy64(0, 1)));

        var labels = LabelVectors.Read(index);

        Assert.Equal([0, 2, 0, 0, 0, 2], Enumerable.Range(0, 6).Select(sample => labels[sample].Length));
        Assert.Equal([0, 1], labels[5].ToArray());
        Assert.Equal([(SkipReason.BadText, 3L), (SkipReason.NoClass, 1)],
            labels.Skips.Counts.Select(count => (count.Key, count.Value)));
        Assert.Contains("label 1 is 7, not 0, 1 or -1", labels.Skips.Losses.Select(skip => skip.Detail));
        Assert.Contains("3 numbers, 2 in the first", labels.Skips.Losses.Select(skip => skip.Detail));
    }

    [Fact]
    public void Vectors_may_lie_beside_files_and_be_of_any_numbers()
    {
        File.WriteAllBytes(_folder["a.png"], ColourPictures.Png(0));
        File.WriteAllBytes(_folder["a.npy"], Npy32(3, 0.5f));
        var index = SampleIndex.Build(SampleSources.Open(_folder["a.png"], new DataOptions()), SampleNeed.Picture);
        Assert.Equal([3, 0.5], MemberVectors.Read(index)[0].ToArray());
        Assert.Contains("label 0 is 3", Assert.Throws<ClipException>(() => LabelVectors.Read(index)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_without_vectors_or_with_another_shard_now_is_refused()
    {
        var index = Shard(new TarBuilder().Add("s0.png", ColourPictures.Png(0)));
        Assert.Contains("found no .npy", Assert.Throws<ClipException>(() => LabelVectors.Read(index)).Message,
            StringComparison.Ordinal);
        File.AppendAllText(_folder["0.tar"], "more");
        Assert.Contains("the file changed since it was indexed",
            Assert.Throws<ClipException>(() => LabelVectors.Read(index)).Message, StringComparison.Ordinal);
    }

    private SampleIndex Shard(TarBuilder tar)
    {
        File.WriteAllBytes(_folder["0.tar"], tar.Finish());
        return SampleIndex.Build(SampleSources.Open(_folder["0.tar"], new DataOptions()), SampleNeed.Picture);
    }

    private static byte[] Npy64(params long[] numbers) =>
        Array(TensorType.I64, MemoryMarshal.AsBytes(numbers.AsSpan()), numbers.Length);

    private static byte[] Npy32(params float[] numbers) =>
        Array(TensorType.F32, MemoryMarshal.AsBytes(numbers.AsSpan()), numbers.Length);

    private static byte[] Array(TensorType type, ReadOnlySpan<byte> bytes, int length)
    {
        using var stream = new MemoryStream();
        Npy.Write(stream, type, [length], bytes);
        return stream.ToArray();
    }
}
