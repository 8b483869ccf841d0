using ClipSharp.Files;
using ClipSharp.Hub;
using ClipSharp.Text;

namespace ClipSharp.Models.Layouts.Tokenizers;

/// <summary>The vocabulary that openai/CLIP and open_clip carry within their code: files of weights come without it. It is not
/// part of ClipSharp; every published CLIP of that vocabulary brings the same, so that one which lies on this disk serves
/// all.</summary>
internal static class OpenAiVocabulary
{
    /// <summary>The name of the list of merges in openai/CLIP.</summary>
    public const string MergeList = "bpe_simple_vocab_16e6.txt.gz";

    /// <summary>n.</summary>
    public const int Size = 49408;

    /// <summary>Fetches its two files into the hub's cache.</summary>
    public const string PullCommand = "clipsharp pull openai/clip-vit-base-patch32 --include vocab.json --include merges.txt";

    // TextTokenizer.Fingerprint of tokens and merges, cleaned in OpenAI's way.
    private const string Fingerprint = "84b71f694583bef51bd2518457da024efbc3be1466fb32c0675bf6ef4ad7e24b";

    /// <summary>Where it lies on this disk, told by its content; null where it does not.</summary>
    public static string? Find() =>
        Find(UserCache.Own(Environment.GetEnvironmentVariable), HubOptions.FromEnvironment().CacheFolder);

    /// <summary>The same in other caches.</summary>
    /// <param name="own">ClipSharp's cache: the list of merges or the two files lie in it.</param>
    /// <param name="hub">huggingface_hub's cache.</param>
    internal static string? Find(string? own, string hub)
    {
        string[] caches = own is null ? [] : [own];
        return caches.Concat(Snapshots(hub)).SelectMany(Candidates).FirstOrDefault(IsIt);
    }

    private static IEnumerable<string> Snapshots(string hub) =>
        Folders(hub, "models--*").SelectMany(repo => Folders(Path.Combine(repo, "snapshots"), "*"));

    private static IEnumerable<string> Candidates(string folder)
    {
        if (VocabularyFiles.HasPair(folder))
        {
            yield return folder;
        }

        if (File.Exists(Path.Combine(folder, MergeList)))
        {
            yield return Path.Combine(folder, MergeList);
        }
    }

    private static IEnumerable<string> Folders(string within, string pattern)
    {
        try
        {
            return Directory.Exists(within) ? Directory.GetDirectories(within, pattern).Order(StringComparer.Ordinal) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // of others, or gone since
        }
    }

    private static bool IsIt(string path)
    {
        try
        {
            return BpeTokenizer.Load(path).Fingerprint == Fingerprint;
        }
        catch (ClipException)
        {
            return false; // of another model
        }
    }
}
