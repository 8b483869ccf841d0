using System.IO.Compression;
using System.Text;
using ClipSharp.Text;

namespace ClipSharp.Tests.Text;

public sealed class VocabularyFilesTests : IDisposable
{
    private const string Header = "#version: 0.2\n";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Header + "a b\nb c\na b\n", "line 4", "made twice")]
    [InlineData(Header + "a b\nab c\nb c\na bc\n", "line 5", "made twice")] // another way to the same token
    [InlineData(Header + "<|endoftext| >\n", "line 2", "unknown symbol")]
    [InlineData(Header + "a b\na b c\n", "line 3", "Not a merge")]
    [InlineData(Header + "a\n", "line 2", "Not a merge")]
    [InlineData(Header + "a  b\n", "line 2", "Not a merge")]
    [InlineData(Header + "a b\n\nb c\n", "line 3", "Not a merge")]
    [InlineData(Header + "ab c\na b\n", "line 2", "unknown symbol")] // before it is made
    [InlineData("a b\n", "line 1", "no header")]
    public void A_faulty_list_of_merges_is_refused_with_its_line(string content, string where, string what) =>
        AssertRefused(Write("merges.txt", content), ClipError.Data, where, what);

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused_with_their_line()
    {
        File.WriteAllBytes(_folder["list.txt"], [.. Encoding.UTF8.GetBytes(Header + "a b\n"), 0xC3, .. " b\n"u8]);

        AssertRefused(_folder["list.txt"], ClipError.Data, "line 3", "not UTF-8");
    }

    [Fact]
    public void A_list_that_unpacks_to_more_than_16_MiB_is_refused()
    {
        using (var packed = new GZipStream(File.Create(_folder["bomb.txt.gz"]), CompressionLevel.Fastest))
        {
            packed.Write(new byte[(16 << 20) + 1]);
        }

        AssertRefused(_folder["bomb.txt.gz"], ClipError.Data, "bomb.txt.gz", "too large");
    }

    [Fact]
    public void A_file_that_is_not_gzip_or_is_cut_is_refused()
    {
        AssertRefused(Write("list.txt.gz", Header), ClipError.Data, "list.txt.gz", "gzip");
        var whole = File.ReadAllBytes(SharedFiles.Fixture("tokenizer-small/bpe_small.txt.gz"));
        File.WriteAllBytes(_folder["cut.txt.gz"], whole[..2000]);
        AssertRefused(_folder["cut.txt.gz"], ClipError.Data, "cut.txt.gz", "gzip");
    }

    [Theory]
    [InlineData(":320,", ":319,", "not 0 to n")] // one id twice, one missing
    [InlineData(":320,", ":1536,", "not 0 to n")]
    [InlineData(":320,", ":-1,", "not 0 to n")]
    [InlineData(":320,", ":1e99,", "no number")]
    [InlineData(":320,", ":\"320\",", "no number")]
    [InlineData("{\"!\":", "{\"!\":0,\"!\":", "two ids")]
    [InlineData(":1535}", ":1535} x", "not JSON")]
    [InlineData(":1535}", ":1535", "not JSON")]
    [InlineData("{\"!\":0,", "[", "Not a vocabulary")]
    [InlineData("\"th\"", "\"\\ud800\"", "not JSON")]
    [InlineData("\"th\"", "\"zzzzz\"", "does not fit")]
    [InlineData(":1535}", ":1535,\"<|pad|>\":1536}", "does not fit")]
    [InlineData("\"<|endoftext|>\"", "\"</s>\"", "does not fit")]
    public void A_faulty_vocab_json_is_refused(string found, string put, string what)
    {
        var source = SharedFiles.Fixture("tokenizer-small");
        var vocab = File.ReadAllText(Path.Combine(source, "vocab.json"));
        Assert.Contains(found, vocab, StringComparison.Ordinal);
        Write("vocab.json", vocab.Replace(found, put, StringComparison.Ordinal));
        File.Copy(Path.Combine(source, "merges.txt"), _folder["merges.txt"]);

        AssertRefused(_folder.Path, ClipError.Data, _folder.Path, what);
    }

    [Fact]
    public void What_is_not_there_or_not_clear_is_refused()
    {
        AssertRefused(_folder["none.txt"], ClipError.NoInput, "none.txt", "does not exist");
        AssertRefused(_folder.Path, ClipError.NoInput, _folder.Path, "no vocabulary");
        Write("one.txt", Header);
        Write("two.txt", Header);
        AssertRefused(_folder.Path, ClipError.NoInput, "2 lists", "no vocabulary");
        AssertRefused(Write("tokenizer.model", "{}"), ClipError.Data, "tokenizer.json", "Not a vocabulary");
    }

    [Fact]
    public void A_folder_with_one_list_is_that_vocabulary()
    {
        File.Copy(SharedFiles.Fixture("tokenizer-small/bpe_small.txt.gz"), _folder["bpe.txt.gz"]);

        Assert.Equal(1536, BpeTokenizer.Load(_folder.Path).VocabularySize);
    }

    [Fact]
    public void Windows_line_ends_and_a_missing_last_one_do_not_matter()
    {
        var unix = BpeTokenizer.Load(Write("a.txt", Header + "a b\nab c</w>\n"));
        var windows = BpeTokenizer.Load(Write("b.txt", "#version: 0.2\r\na b\r\nab c</w>\r\n"));
        var open = BpeTokenizer.Load(Write("c.txt", Header + "a b\nab c</w>"));

        Assert.Equal(516, unix.VocabularySize);
        Assert.Equal(unix.Fingerprint, windows.Fingerprint);
        Assert.Equal(unix.Fingerprint, open.Fingerprint);
        Assert.Single(unix.Encode("abc"));
    }

    [Fact]
    public void The_published_list_is_cut_where_the_reference_cuts_it()
    {
        var tokenizer = BpeTokenizer.Load(SharedFiles.Fixture("tokenizer/bpe_simple_vocab_16e6.txt.gz"));

        Assert.Equal((49408, 49406, 49407), (tokenizer.VocabularySize, tokenizer.StartToken, tokenizer.EndToken));
    }

    private string Write(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        return _folder[name];
    }

    private static void AssertRefused(string path, ClipError kind, string where, string what)
    {
        var refusal = Assert.Throws<ClipException>(() => BpeTokenizer.Load(path));
        Assert.Equal(kind, refusal.Kind);
        Assert.Contains(where, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(what, refusal.Message, StringComparison.Ordinal);
    }
}
