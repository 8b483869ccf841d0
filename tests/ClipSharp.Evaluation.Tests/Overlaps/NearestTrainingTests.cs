using ClipSharp.Evaluation.Overlaps;
using ClipSharp.Evaluation.Overlaps.Fingerprints;

namespace ClipSharp.Evaluation.Tests.Overlaps;

public sealed class NearestTrainingTests
{
    private const int Width = 24;

    [Theory]
    [InlineData(130, 700, 700)]
    [InlineData(130, 700, 257)]
    [InlineData(1, 5, 1)]
    public void What_is_nearest_equals_brute_force_whatever_parts_training_comes_in(int tests, int trainings, int part)
    {
        var (vectors, prints) = (UnitVectors.Draw(tests, Width, 1), Prints(tests, 1));
        var (others, theirs) = (UnitVectors.Draw(trainings, Width, 2), Prints(trainings, 2));
        var search = new NearestTraining(vectors, prints);
        for (var first = 0; first < trainings; first += part)
        {
            int[] rows = [.. Enumerable.Range(first, Math.Min(part, trainings - first))];
            var start = first;
            search.Add(others.Rows(rows), [.. rows.Select(row => theirs[row])], row => Named(start + row));
        }

        var found = search.Results(Named);
        for (var test = 0; test < tests; test++)
        {
            var cosines = Enumerable.Range(0, trainings).Select(row => Cosine(vectors.Row(test), others.Row(row))).ToList();
            var distances = theirs.ToList().ConvertAll(print => print.Look.Distance(prints[test].Look));
            var nearest = cosines.IndexOf(cosines.Max());
            var likest = Enumerable.Range(0, trainings).OrderBy(row => distances[row])
                .ThenByDescending(row => theirs[row].Pixels == prints[test].Pixels).ThenByDescending(row => cosines[row]).First();
            Assert.Equal($"{test}", found[test].Test.Id);
            Assert.Equal(($"{nearest}", distances[nearest]),
                (found[test].ByVectors.Training.Id, found[test].ByVectors.HashDistance));
            Assert.Equal(($"{likest}", distances[likest]), (found[test].ByHash.Training.Id, found[test].ByHash.HashDistance));
            Assert.Equal(cosines[nearest], found[test].ByVectors.Cosine, 1e-6f);
            Assert.Equal(cosines[likest], found[test].ByHash.Cosine, 1e-6f);
        }
    }

    [Fact]
    public void Of_equal_hashes_equal_pixels_come_first_then_the_cosine_then_the_order()
    {
        var look = new PerceptualHash(5, 0, 0, 0);
        var test = new Embeddings([1, 0], 2);
        var search = new NearestTraining(test, [new PictureFingerprint(7, look)]);
        search.Add(new Embeddings([0.6f, 0.8f, 1, 0, 1, 0], 2), [new(1, look), new(2, look), new(3, look)], Named);
        Assert.Equal("1", search.Results(Named)[0].ByHash.Training.Id);
        search.Add(new Embeddings([0, 1], 2), [new(7, look)], _ => Named(3));
        var found = search.Results(Named)[0];
        Assert.Equal(("3", true), (found.ByHash.Training.Id, found.ByHash.IsIdentical));
        Assert.Equal("1", found.ByVectors.Training.Id);
    }

    [Fact]
    public void Without_training_pictures_there_is_no_result() => Assert.Throws<InvalidOperationException>(() =>
        new NearestTraining(UnitVectors.Draw(1, Width, 1), Prints(1, 1)).Results(Named));

    private static OverlapPicture Named(int row) => new($"{row}", "file", null);

    // Of few bits, so that some are equal.
    private static PictureFingerprint[] Prints(int count, long seed)
    {
        var random = new RandomStream(seed, RandomPurpose.Initialization);
        var prints = new PictureFingerprint[count];
        for (var i = 0; i < count; i++)
        {
            prints[i] = new PictureFingerprint((UInt128)random.NextInt32(50),
                new PerceptualHash(random.NextUInt64() & 0xFF, 0, 0, 0));
        }

        return prints;
    }

    private static float Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return (float)sum;
    }
}
