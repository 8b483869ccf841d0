using System.Text.Json;

namespace ClipSharp.Cli.Tests.Commands;

public sealed class TokenizerCommandsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Pieces_and_ids_are_printed_for_each_text()
    {
        Assert.Equal(0, await Run("tokenize", "--vocab", SharedFiles.Fixture("tokenizer-small"), "A red circle", "“a ring”"));

        Assert.Equal(
            [
                "<|startoftext|> a</w> red</w> circle</w> <|endoftext|>", "1534 320 748 740 1535", "",
                "<|startoftext|> \"</w> a</w> ring</w> \"</w> <|endoftext|>", "1534 257 320 733 257 1535", "",
            ],
            Lines()[..6]);
    }

    [Fact]
    public async Task Without_repair_a_text_keeps_its_quotes_and_escapes()
    {
        var vocabulary = SharedFiles.Fixture("tokenizer-small");

        Assert.Equal(0, await Run("tokenize", "--no-text-repair", "--vocab", vocabulary, "“A ring”\e[31m"));

        Assert.Equal(
            @"<|startoftext|> \xE2 \x80 \x9C</w> a</w> ring</w> \xE2 \x80 \x9D \x1B [</w> 3</w> 1</w> m</w> <|endoftext|>",
            Lines()[0]);
        Assert.DoesNotContain('\e', _output.ToString()); // nothing of a text reaches the terminal as a command
    }

    [Fact]
    public async Task A_models_texts_are_cleaned_as_the_model_was_published()
    {
        var model = TinyModel.Write(_folder["open_clip"]);
        Assert.Equal(0, await Run("convert", model.Location, _folder["hf"], "--to", "huggingface"));
        Assert.Equal(0, await Run("export", "onnx", "--model", _folder["hf"], "-o", _folder["onnx"]));
        _output.GetStringBuilder().Clear();

        Assert.Equal(0, await Run("tokenize", "--model", _folder["open_clip"], "“a”"));
        Assert.Equal(0, await Run("tokenize", "--model", _folder["hf"], "“a”"));
        Assert.Equal(0, await Run("tokenize", "--model", _folder["onnx"], "“a”"));
        Assert.Equal(0, await Run("tokenize", "--model", _folder["open_clip"], "--no-text-repair", "“a”"));

        const string curly = @"<|startoftext|> \xE2 \x80 \x9C</w> a</w> \xE2 \x80 \x9D</w> <|endoftext|>";
        Assert.Equal(
            ["<|startoftext|> \"</w> a</w> \"</w> <|endoftext|>", curly, curly, curly],
            Lines().Where(line => line.StartsWith('<')));
    }

    [Fact]
    public async Task A_models_ids_are_cut_as_it_sees_them_and_a_vocabularys_are_not()
    {
        var text = string.Join(' ', Enumerable.Repeat("red", 20));
        TinyModel.Write(_folder["model"]);

        Assert.Equal(0, await Run("tokenize", "--model", _folder["model"], text, "--json"));
        Assert.Equal(0, await Run("tokenize", "--vocab", SharedFiles.Fixture("tokenizer-small"), text, "--json"));

        int[] counts = [.. Lines()[..2].Select(line => JsonDocument.Parse(line).RootElement.GetProperty("ids").GetArrayLength())];
        Assert.Equal([16, 22], counts);
        Assert.Contains("cut to the model's 16 tokens: 1 of 1 text", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_vocabulary_is_not_learnt_from_is_counted_and_listed()
    {
        var captions = Write("captions.txt", "a red circle\n\na blue ring\n \n");
        var tar = new TarBuilder().Add("b.jpg", "B").Add("c.json", "{").Add("c.jpg", "C")
            .Add("a.jpg", "A").Add("a.txt", "a red circle").Add("d.txt", "a text alone").Unfinished();
        await File.WriteAllBytesAsync(_folder["0.tar"], tar[..^505], TestContext.Current.CancellationToken);

        Assert.Equal(0, await Run("tokenizer", "train", "--captions", captions, "--train-data", _folder["0.tar"], "--vocab-size",
            "520", "-o", _folder["vocabulary"]));

        Assert.Contains("3 NoCaption, 1 BadText, 1 TruncatedShard, see", _error.ToString(), StringComparison.Ordinal);
        var listed = await File.ReadAllLinesAsync(_folder["vocabulary/left-out.jsonl"], TestContext.Current.CancellationToken);
        Assert.Equal(5, listed.Length);
        Assert.Contains(listed, line => line.Contains("\"key\":\"line 2\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_lines_come_in_and_go_out_with_their_line_breaks()
    {
        var texts = Write("texts.jsonl", "\"a\\nred circle\"\n{\"text\": \"a red circle\", \"id\": 7}\n");

        Assert.Equal(0, await Run("tokenize", "--vocab", SharedFiles.Fixture("tokenizer-small"), "--file", texts, "--json"));

        var rows = Lines()[..2].Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal("a\nred circle", rows[0].GetProperty("text").GetString());
        Assert.Equal([1534, 320, 748, 740, 1535], rows[0].GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal("red</w>", rows[1].GetProperty("pieces")[2].GetString());
    }

    [Fact]
    public async Task A_line_that_is_no_text_is_refused_with_its_number()
    {
        var texts = Write("texts.jsonl", "\"a\"\n{\"caption\": \"b\"}\n");

        Assert.Equal(65, await Run("tokenize", "--vocab", SharedFiles.Fixture("tokenizer-small"), "--file", texts));

        Assert.Contains("texts.jsonl, line 2", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenize", "a")]
    [InlineData("tokenize", "--vocab", "x")]
    [InlineData("tokenize", "--vocab", "x", "--model", "y", "a")]
    [InlineData("tokenizer", "train", "--vocab-size", "600", "-o", "x")]
    public async Task A_call_without_what_it_needs_is_wrong_usage(params string[] arguments) =>
        Assert.Equal(64, await Run(arguments));

    [Fact]
    public async Task A_vocabulary_learnt_from_a_packed_file_is_the_one_of_the_fixture()
    {
        var captions = SharedFiles.Fixture("tokenizer-small/captions.txt.gz");

        Assert.Equal(0, await Run("tokenizer", "train", "--captions", captions, "--vocab-size", "1536", "-o", _folder["learnt"]));

        Assert.Equal(
            File.ReadAllBytes(SharedFiles.Fixture("tokenizer-small/merges.txt")),
            File.ReadAllBytes(_folder["learnt/merges.txt"]));
        Assert.StartsWith("1,536 tokens learnt from 3,200 captions", Lines()[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--captions")]
    [InlineData("--train-data")]
    public async Task A_table_gives_its_captions_and_no_file_names(string option)
    {
        File.WriteAllBytes(_folder["zqzqzq.png"], ColourPictures.Png(0));
        var table = Write("table.csv",
            "image,caption\n" + string.Concat(Enumerable
                .Repeat("zqzqzq.png,\"a red, round ball\"\nzqzqzq.png,a blue ball\n", 20)));

        Assert.Equal(0, await Run("tokenizer", "train", option, table, "--vocab-size", "560", "-o", _folder["learnt"]));

        Assert.Contains("by its first line", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("learnt from 40 captions", _output.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("z q", File.ReadAllText(_folder["learnt/merges.txt"]), StringComparison.Ordinal);
        Assert.Contains("a</w> red</w> ,</w> round</w> ball</w>", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_of_a_table_are_its_captions()
    {
        var table = Write("table.tsv", "id\tcaption\n1\tA red circle\n");
        Assert.Equal(0, await Run("tokenize", "--vocab", SharedFiles.Fixture("tokenizer-small"), "--file", table, "--json"));
        Assert.Equal("A red circle", JsonDocument.Parse(Lines()[0]).RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public async Task A_folder_that_exists_is_refused_before_captions_are_read()
    {
        Assert.Equal(73, await Run("tokenizer", "train", "--captions", "absent.txt", "--vocab-size", "600", "-o", _folder.Path));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    private Task<int> Run(params string[] arguments) => CommandLine.Run(Program.Root(), arguments, _output, _error);

    private string[] Lines() => _output.ToString().ReplaceLineEndings("\n").Split('\n');

    private string Write(string name, string content)
    {
        File.WriteAllText(_folder[name], content);
        return _folder[name];
    }
}
