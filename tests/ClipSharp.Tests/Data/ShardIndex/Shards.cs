using System.Security.Cryptography;
using ClipSharp.Data;
using ClipSharp.Data.Index;
using ClipSharp.Data.Sets;
using ClipSharp.Data.ShardIndex;
using ClipSharp.Files.Reading;
using ClipSharp.Images.Decoding;
using ClipSharp.Testing.Odd;

namespace ClipSharp.Tests.Data.ShardIndex;

/// <summary>Short ways to sets of shards, and what a set is as text.</summary>
internal static class Shards
{
    /// <summary>Opens shards with their indexes in a folder of the test.</summary>
    public static ShardSet Open(TemporaryFolder folder, IReadOnlyList<string> shards, DataOptions? options = null,
        bool verify = false, string cache = "index") =>
        ShardSet.Open(shards, [], options ?? new DataOptions(), SampleNeed.Caption, folder[cache], verify,
            cancel: TestContext.Current.CancellationToken);

    /// <summary>Everything that a set says, a line each.</summary>
    /// <param name="set">The set.</param>
    /// <param name="isByRun">Whether samples are read part by part where that can be done, or one by one.</param>
    public static List<string> Told(ITrainingSet set, bool isByRun = false)
    {
        List<string> told = [$"{set.Count} samples, {set.CaptionCount} captions, {set.RepairedTexts} repaired, {set.Skips}",
            .. set.Skips.Losses.Select(loss => $"{loss.Reason} {loss}"), .. set.Notes, .. set.Captions()];
        using var reader = set.OpenReader();
        using var runs = new Runs(isByRun ? set as ISequentialSet : null);
        for (var sample = 0L; sample < set.Count; sample++)
        {
            ReadOnlySpan<byte> picture = default;
            SampleTexts texts = default;
            if (runs.Of(sample) is not { } run || !run.TryGet(sample, out picture, out texts))
            {
                Assert.True(reader.TryRead(sample, DecodeLimits.Default, out picture, out texts, out var fault), fault);
            }

            var hash = Convert.ToHexString(SHA256.HashData(picture));
            told.Add($"{set.Place(sample).File} {Said(texts)}, picture {hash}, hash {set.CaptionHash(sample)}");
            Assert.True(reader.TryReadTexts(sample, out var again, out var detail), detail);
            Assert.Equal(Said(texts), Said(again));
        }

        return told;
    }

    /// <summary>A disk that never gives a file.</summary>
    public static ReadTrial Away(string name) => new(
        path =>
        {
            if (path.EndsWith(name, StringComparison.Ordinal))
            {
                throw new IOException("the disk is away");
            }
        }, _ => { });

    /// <summary>A picture and its text.</summary>
    public static TarBuilder Pair(this TarBuilder tar, string key, byte[]? picture = null) =>
        tar.Add(key + ".jpg", picture ?? OddInputs.Jpeg).Add(key + ".txt", "a " + key);

    private static string Said(SampleTexts texts) => $"{texts.Key}: {string.Join('|', texts.Captions.ToArray())}, shares "
        + string.Join('|', texts.CaptionShares.ToArray());

    private sealed class Runs(ISequentialSet? set) : IDisposable
    {
        private (long First, long End, SampleRun? Run) _current = (0, 0, null);

        public SampleRun? Of(long sample)
        {
            if (set is not null && sample >= _current.End)
            {
                Dispose();
                var end = set.PartStarts.First(start => start > sample);
                _current = (sample, end, set.ReadRun(sample, (int)(end - sample)));
            }

            return _current.Run;
        }

        public void Dispose() => _current.Run?.Dispose();
    }
}
