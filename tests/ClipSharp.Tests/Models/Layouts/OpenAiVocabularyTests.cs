using ClipSharp.Models.Layouts.Tokenizers;
using ClipSharp.Text;

namespace ClipSharp.Tests.Models.Layouts;

public sealed class OpenAiVocabularyTests : IDisposable
{
    private const string Snapshot = "hub/models--openai--clip-vit-base-patch32/snapshots/0123";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_lies_in_the_cache_of_its_own_or_with_any_clip_that_was_pulled()
    {
        Assert.Null(OpenAiVocabulary.Find(_folder["own"], _folder["hub"]));
        var list = SharedFiles.Fixture($"tokenizer/{OpenAiVocabulary.MergeList}");
        Directory.CreateDirectory(_folder[Snapshot]);
        BpeTokenizer.Load(list).Save(_folder[Snapshot]);
        Assert.Equal(_folder[Snapshot], OpenAiVocabulary.Find(null, _folder["hub"]));
        Directory.CreateDirectory(_folder["own"]);
        File.Copy(list, _folder[$"own/{OpenAiVocabulary.MergeList}"]);
        Assert.Equal(_folder[$"own/{OpenAiVocabulary.MergeList}"], OpenAiVocabulary.Find(_folder["own"], _folder["hub"]));
    }

    [Fact]
    public void Another_vocabulary_of_that_name_is_not_taken()
    {
        Directory.CreateDirectory(_folder[Snapshot]);
        BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small")).Save(_folder[Snapshot]);
        Assert.Null(OpenAiVocabulary.Find(null, _folder["hub"]));
        File.WriteAllText(_folder[$"{Snapshot}/merges.txt"], "no merges");
        Assert.Null(OpenAiVocabulary.Find(null, _folder["hub"]));
    }
}
