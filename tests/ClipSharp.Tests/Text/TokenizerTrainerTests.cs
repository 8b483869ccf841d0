using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ClipSharp.Text;

namespace ClipSharp.Tests.Text;

public sealed class TokenizerTrainerTests
{
    private static readonly Lazy<JsonElement> Expected = new(() =>
        JsonDocument.Parse(File.ReadAllText(SharedFiles.Fixture("tokenizer-small/trainer.json"))).RootElement);

    [Fact]
    public void The_captions_are_cleaned_and_cut_as_by_the_reference()
    {
        var captions = Captions();
        var pieces = TokenizerTrainer.CountPieces(captions);

        Assert.Equal(Value("captions", "clean_sha256"), Digest(captions.Select(caption => TextCleaner.Clean(caption))));
        Assert.Equal(Value("pieces", "sha256"), Digest(pieces
            .Select(pair => (Piece: InByteSymbols(pair.Key), pair.Value))
            .OrderBy(pair => pair.Piece, StringComparer.Ordinal)
            .Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Piece} {pair.Value}"))));
    }

    [Fact]
    public void Each_merge_and_its_count_is_the_one_the_rule_gives()
    {
        var learner = new MergeLearner(TokenizerTrainer.CountPieces(Captions()));
        while (learner.Merges.Count < 1022 && learner.LearnNext())
        {
        }

        var learnt = Learnt(learner).ToList();
        Assert.Equal(Merges("first_20"), learnt[..20]);
        Assert.Equal(Merges("last_20"), learnt[^20..]);
        Assert.Equal(Value("merges", "sha256"), Digest(learnt.Select(merge => $"{merge.Item1} {merge.Item2}")));
    }

    [Fact]
    public void Training_gives_the_vocabulary_of_the_fixture()
    {
        var reports = new List<TokenizerTrainingProgress>();

        var trained = TokenizerTrainer.Train(Captions(), 1536, new Sink(reports));

        Assert.Equal(BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small/bpe_small.txt.gz")).Fingerprint, trained.Fingerprint);
        Assert.Equal(new TokenizerTrainingProgress(3200, 1022, 1022), reports[^1]);
        Assert.Contains(new TokenizerTrainingProgress(2000, 0, 1022), reports);
    }

    [Fact]
    public void The_order_of_the_captions_does_not_matter()
    {
        var captions = Captions();
        var trained = TokenizerTrainer.Train(captions, 900);
        captions.Reverse();

        Assert.Equal(trained.Fingerprint, TokenizerTrainer.Train(captions, 900).Fingerprint);
    }

    [Fact]
    public void Training_ends_when_no_pair_occurs_twice()
    {
        var trained = TokenizerTrainer.Train(["ab ab cd"], 600);

        Assert.Equal(514 + 1, trained.VocabularySize);
        Assert.Single(trained.Encode("ab"));
        Assert.Equal(2, trained.Encode("cd").Length);
        Assert.Equal(514, TokenizerTrainer.Train(["ab ab"], 514).VocabularySize);
    }

    [Fact]
    public void Special_tokens_in_captions_are_not_learnt_from()
    {
        var trained = TokenizerTrainer.Train(["<|endoftext|> <|endoftext|> <|STARTOFTEXT|> <|startoftext|> x"], 600);

        Assert.Equal(514, trained.VocabularySize);
        Assert.Equal([trained.EndToken], trained.Encode("<|endoftext|>"));
    }

    [Fact]
    public void Random_words_of_few_letters_are_learnt_as_by_counting_anew()
    {
        var random = new Random(11);
        for (var round = 0; round < 100; round++)
        {
            var pieces = new Dictionary<string, long>();
            for (var word = 0; word < 20; word++)
            {
                var letters = Enumerable.Range(0, random.Next(1, 15)).Select(_ => "aab"[random.Next(3)]);
                pieces[string.Concat(letters)] = random.Next(1, 4);
            }

            var learner = new MergeLearner(pieces);
            while (learner.LearnNext())
            {
            }

            Assert.Equal(LearnCountingAnew(pieces), Learnt(learner));
        }
    }

    [Fact]
    public void Impossible_wishes_are_refused()
    {
        Assert.Equal(ClipError.Config, Assert.Throws<ClipException>(() => TokenizerTrainer.Train(["a"], 513)).Kind);
        Assert.Equal(ClipError.Config, Assert.Throws<ClipException>(() => TokenizerTrainer.Train(["a"], (1 << 18) + 1)).Kind);
        Assert.Equal(ClipError.Data, Assert.Throws<ClipException>(() => TokenizerTrainer.Train(["", " &nbsp; "], 600)).Kind);
    }

    [Fact]
    public void Training_can_be_cancelled()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();

        Assert.Throws<OperationCanceledException>(() => TokenizerTrainer.Train(Captions(), 1536, null, source.Token));
    }

    private static List<string> Captions()
    {
        using var file = File.OpenRead(SharedFiles.Fixture("tokenizer-small/captions.txt.gz"));
        using var packed = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new StreamReader(packed);
        return [.. reader.ReadToEnd().TrimEnd('\n').Split('\n')];
    }

    private static string Value(string section, string name) =>
        Expected.Value.GetProperty(section).GetProperty(name).GetString()!;

    private static IEnumerable<(string, string, long)> Learnt(MergeLearner learner) =>
        learner.Merges.Select(merge => (learner.Symbols[merge.First], learner.Symbols[merge.Second], merge.Count));

    private static IEnumerable<(string, string, long)> Merges(string name) =>
        Expected.Value.GetProperty(name).EnumerateArray()
            .Select(merge => (merge[0].GetString()!, merge[1].GetString()!, merge[2].GetInt64()));

    private static string Digest(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")))));

    private static string InByteSymbols(string piece)
    {
        var vocabulary = new BpeVocabulary([], []);
        return string.Concat(Encoding.UTF8.GetBytes(piece).Select(value => vocabulary.Tokens[vocabulary.ByteIds[value]]));
    }

    /// <summary>The rule as it is written, for words of ASCII letters.</summary>
    private static List<(string, string, long)> LearnCountingAnew(Dictionary<string, long> pieces)
    {
        var words = pieces.Select(piece => (Symbols: piece.Key.Select(c => c.ToString()).ToList(), Count: piece.Value)).ToList();
        words.ForEach(word => word.Symbols[^1] += "</w>");
        var merges = new List<(string, string, long)>();
        while (true)
        {
            var best = words.SelectMany(word => word.Symbols.Zip(word.Symbols.Skip(1)).Select(pair => (Pair: pair, word.Count)))
                .GroupBy(occurrence => occurrence.Pair, occurrence => occurrence.Count)
                .Select(group => (group.Key.First, group.Key.Second, Count: group.Sum()))
                .OrderByDescending(pair => pair.Count)
                .ThenBy(pair => pair.First, StringComparer.Ordinal)
                .ThenBy(pair => pair.Second, StringComparer.Ordinal)
                .FirstOrDefault();
            if (best.Count < 2)
            {
                return merges;
            }

            merges.Add(best);
            foreach (var (symbols, _) in words)
            {
                for (var at = 0; at + 1 < symbols.Count; at++)
                {
                    if (symbols[at] == best.First && symbols[at + 1] == best.Second)
                    {
                        symbols[at] += symbols[at + 1];
                        symbols.RemoveAt(at + 1);
                    }
                }
            }
        }
    }

    private sealed class Sink(List<TokenizerTrainingProgress> reports) : IProgress<TokenizerTrainingProgress>
    {
        public void Report(TokenizerTrainingProgress value) => reports.Add(value);
    }
}
