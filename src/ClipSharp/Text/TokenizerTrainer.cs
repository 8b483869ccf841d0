using System.Runtime.InteropServices;

namespace ClipSharp.Text;

/// <summary>Learns a vocabulary from captions by byte-pair encoding (Sennrich et al. 2016), in the form CLIP uses.</summary>
public static class TokenizerTrainer
{
    /// <summary>Small enough that its files stay within what <see cref="BpeTokenizer.Load"/> reads.</summary>
    private const int MaxVocabularySize = 1 << 18;

    /// <summary>Learns merges until the vocabulary is full or no pair of tokens occurs twice.</summary>
    /// <remarks>Captions are cleaned and cut into pieces as for encoding; a special token spelt in one is passed over. The most
    /// frequent pair is joined next; among equals the one whose first symbol, then second, is smallest by code point. The same
    /// captions in any order give the same vocabulary.</remarks>
    /// <param name="captions">The captions, read once.</param>
    /// <param name="vocabularySize">The tokens wanted, 514 (256 bytes, the same closing a word, start and end: no merge) to
    /// 262,144. 2,000 to 8,000 suit some ten thousand captions; CLIP has 49,408.</param>
    /// <param name="progress">Told about once in a thousand captions and in a hundred merges.</param>
    /// <param name="cancel">Stops it.</param>
    /// <returns>The tokenizer; its vocabulary is smaller than asked when the captions hold no more pairs.</returns>
    /// <exception cref="ClipException">The size is out of range, or the captions hold no text.</exception>
    public static BpeTokenizer Train(IEnumerable<string> captions, int vocabularySize,
        IProgress<TokenizerTrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(captions);
        if (vocabularySize is < BpeVocabulary.Fixed or > MaxVocabularySize)
        {
            throw new ClipException(ClipError.Config, "The vocabulary size is out of range", "vocab_size",
                $"{vocabularySize}", $"{BpeVocabulary.Fixed} to {MaxVocabularySize}",
                "2000 to 8000 suit some ten thousand captions.");
        }

        var wanted = vocabularySize - BpeVocabulary.Fixed;
        var read = 0L;
        var pieces = CountPieces(Watched());
        if (pieces.Count == 0)
        {
            throw new ClipException(ClipError.Data, "Nothing to learn a vocabulary from", nameof(captions),
                $"{read} captions without text", "captions with words", "Check where they are read from.");
        }

        var learner = new MergeLearner(pieces);
        while (learner.Merges.Count < wanted && learner.LearnNext())
        {
            if (learner.Merges.Count % 100 == 0)
            {
                cancel.ThrowIfCancellationRequested();
                progress?.Report(new TokenizerTrainingProgress(read, learner.Merges.Count, wanted));
            }
        }

        progress?.Report(new TokenizerTrainingProgress(read, learner.Merges.Count, wanted));
        return new BpeTokenizer(new BpeVocabulary(learner.Symbols.Skip(BpeVocabulary.Alphabet.Count).ToList(),
            [.. learner.Merges.Select(merge => (merge.First, merge.Second))]), TextCleaning.OpenAI);

        IEnumerable<string> Watched()
        {
            foreach (var caption in captions)
            {
                yield return caption;
                if (++read % 1000 == 0)
                {
                    cancel.ThrowIfCancellationRequested();
                    progress?.Report(new TokenizerTrainingProgress(read, 0, wanted));
                }
            }
        }
    }

    /// <summary>How often each piece occurs in the captions, cleaned here.</summary>
    internal static Dictionary<string, long> CountPieces(IEnumerable<string> captions)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var caption in captions)
        {
            foreach (var piece in new PieceSplitter(TextCleaner.Clean(caption), TextCleaning.OpenAI))
            {
                CollectionsMarshal.GetValueRefOrAddDefault(bySpan, piece, out _)++;
            }
        }

        counts.Remove(BpeVocabulary.Start);
        counts.Remove(BpeVocabulary.End);
        return counts;
    }
}
