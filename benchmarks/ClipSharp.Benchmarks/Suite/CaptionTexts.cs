using System.Formats.Tar;
using System.Text;

namespace ClipSharp.Benchmarks.Suite;

/// <summary>Captions of flickr8k where they are (<c>CLIPSHARP_SHARED</c>, else <c>../shared</c>), else drawn ones of 8 to 20
/// words.</summary>
internal static class CaptionTexts
{
    private static readonly string[] Words =
    [
        "a", "the", "dog", "man", "woman", "child", "red", "blue", "runs", "jumps", "over", "grass", "water", "in", "on", "with",
        "ball", "mountain", "snow", "shirt", "street", "playing", "standing", "near", "two", "people", "looking", "wearing",
    ];

    /// <summary>The captions, and whence they are.</summary>
    public static (IReadOnlyList<string> Texts, string Source) Read(int most)
    {
        var shared = Environment.GetEnvironmentVariable("CLIPSHARP_SHARED") ?? Path.Combine("..", "shared");
        var shard = Path.Combine(shared, "data", "flickr8k", "val", "0.tar");
        return File.Exists(shard) ? ([.. OfShard(shard).Take(most)], "captions of flickr8k") : ([.. Drawn(most)], "drawn captions");
    }

    private static IEnumerable<string> OfShard(string path)
    {
        using var file = File.OpenRead(path);
        using var tar = new TarReader(file);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name.EndsWith(".txt", StringComparison.Ordinal) && entry.DataStream is { } content)
            {
                using var reader = new StreamReader(content, Encoding.UTF8);
                while (reader.ReadLine() is { } line)
                {
                    yield return line;
                }
            }
        }
    }

    private static IEnumerable<string> Drawn(int count)
    {
        var random = new RandomStream(0, RandomPurpose.Synthesis);
        for (var i = 0; i < count; i++)
        {
            yield return string.Join(' ',
                Enumerable.Range(0, 8 + random.NextInt32(13)).Select(_ => Words[random.NextInt32(Words.Length)])) + ".";
        }
    }
}
