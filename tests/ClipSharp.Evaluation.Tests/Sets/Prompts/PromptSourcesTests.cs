using System.Security.Cryptography;
using ClipSharp.Evaluation.Sets.Prompts;

namespace ClipSharp.Evaluation.Tests.Sets.Prompts;

public sealed class PromptSourcesTests : IDisposable
{
    private const string Page = """
        # Prompts

        ## CIFAR10

        ```bash
        classes = [
            'plane',  # the first
            "bird's nest",
            'it\'s',
        ]

        templates = ['a {}.', 'the {}.']
        ```

        ## FacialEmotionRecognition2013

        ```bash
        classes = [['angry'], ['x'], ['x'], ['happy', 'smiling'], ['sad', 'low'], ['s'], ['n', 'bored']]
        templates = [
            'a {} face.',
            'they look {}.',
        ]
        ```
        """;

    private readonly TemporaryFolder _folder = new();

    public PromptSourcesTests() => Directory.CreateDirectory(_folder["set/test"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sources_stand_in_their_order()
    {
        var split = _folder["set/test"];
        var page = Write("prompts.md", Page);
        Assert.Equal(("the folders' names", "red dog"), From(new(), ["red_dog", "b"]));
        Assert.Equal((page, "angry"), From(new() { PromptsPage = page }, ["a", "b"]));

        var own = Write("set/classnames.txt", "own\n\nown\n");
        Assert.Equal((own, "own"), From(new() { PromptsPage = page }, ["a"]));
        Assert.Equal(["own", "", "own"], PromptSources.Read("fer2013", split, new()).Names);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(own))),
            PromptSources.Read("fer2013", split, new()).NamesSha256);

        var json = Write("names.json", """{"fer2013": ["json", "b"]}""");
        Assert.Equal((json, "json"), From(new() { CustomClassnameFile = json, PromptsPage = page }));
        Assert.Equal((own, "own"), From(new() { CustomClassnameFile = Write("other.json", """{"cars": ["x"]}""") }));

        var list = Write("list.txt", "given\n");
        Assert.Equal((list, "given"), From(new() { Classnames = list, CustomClassnameFile = json }));

        (string From, string First) From(PromptFiles files, string[]? folders = null)
        {
            var found = PromptSources.Read("fer2013", split, files, folders);
            return (found.NamesFrom, found.Names[0]);
        }
    }

    [Fact]
    public void Templates_stand_in_their_order()
    {
        var page = Write("prompts.md", Page);
        Write("set/classnames.txt", "cat\ndog\n");
        Assert.Equal(("the default", "a photo of a cat."), From(new()));
        Assert.Equal((page, "a cat face."), From(new() { PromptsPage = page }));
        var own = Write("set/zeroshot_classification_templates.txt", "own {c}\n");
        Assert.Equal((own, "own cat"), From(new() { PromptsPage = page }));
        var json = Write("t.json", """{"fer2013": ["json {c}"], "pets": {"dog": ["d1", "d2"], "cat": ["c1"]}}""");
        Assert.Equal((json, "json cat"), From(new() { CustomTemplateFile = json }));
        var list = Write("list.txt", "given {}\n");
        Assert.Equal((list, "given cat"), From(new() { Templates = list, CustomTemplateFile = json }));

        var sentences = PromptSources.Read("vtab/pets", _folder["set"], new() { CustomTemplateFile = json });
        Assert.Null(sentences.Templates);
        Assert.Equal([["c1"], ["d1", "d2"]], sentences.Prompts.Texts);

        (string From, string First) From(PromptFiles files)
        {
            var found = PromptSources.Read("fer2013", _folder["set/test"], files);
            return (found.TemplatesFrom, found.Prompts.Texts[0][0]);
        }
    }

    [Fact]
    public void Synonyms_of_a_class_are_more_prompts_of_it()
    {
        var found = PromptSources.Read("fer2013", null, new() { PromptsPage = Write("prompts.md", Page) });
        Assert.Equal(7, found.Names.Count);
        Assert.Equal("happy", found.Names[3]);
        Assert.Equal(["a happy face.", "they look happy.", "a smiling face.", "they look smiling."], found.Prompts.Texts[3]);
        Assert.Equal(["a x face.", "they look x."], found.Prompts.Texts[2]);
    }

    [Theory]
    [InlineData("classes = ['a', __import__('os')]", "'_'")]
    [InlineData("classes = 'a'", "'''")]
    [InlineData("classes = ['a' 'b']", "'''")]
    [InlineData("classes = ['a", "a text without its closing quote")]
    [InlineData("classes = ['a\nb']", "a text without its closing quote")]
    [InlineData("classes = ['\\x41']", "an escape")]
    [InlineData("classes = ['a']\nclasses = ['b']", "a second classes")]
    [InlineData("classes = [[]]", "an empty list")]
    [InlineData("classes = ['a']", "lists classes")]
    [InlineData("classes = ['a'", "the end of the fence")]
    public void Anything_but_lists_of_texts_is_refused_by_its_line(string code, string found)
    {
        var page = Write("prompts.md", $"## CIFAR10\n```bash\n{code}\n```\n");
        var refusal = Assert.Throws<ClipException>(() => PromptSources.Read("cifar10", null, new() { PromptsPage = page }));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains("found " + found, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("prompts.md, line ", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_the_wrong_length_is_not_taken_for_a_known_set()
    {
        var page = Write("prompts.md", Page); // three classes of CIFAR-10
        var refusal = Assert.Throws<ClipException>(() => PromptSources.Read("cifar10", null, new() { PromptsPage = page }));
        Assert.Contains("found 3 classes, expected 10", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vtab/pets", """{"pets": ["a", "b"]}""")]
    [InlineData("pets", """{"vtab/pets": ["a", "b"], "pets2": ["x"]}""")]
    [InlineData("vtab/caltech101", """{"caltech101": ["x"], "caltech101_vtab": ["a", "b"]}""")]
    public void CLIP_benchmarks_file_is_asked_by_every_name(string set, string json)
    {
        var found = PromptSources.Read(set, null, new() { CustomClassnameFile = Write("names.json", json) });
        Assert.Equal(["a", "b"], found.Names);
    }

    [Theory]
    [InlineData("""{"cars": []}""", "an empty list")]
    [InlineData("""{"cars": ["a", 1]}""", "something else than texts in it")]
    [InlineData("""{"cars": 3}""", "a JSON Number")]
    [InlineData("""{"cars": ["a"], "cars": ["b"]}""", "cars")]
    public void An_entry_that_is_no_list_of_texts_is_refused(string json, string found)
    {
        var refusal = Assert.Throws<ClipException>(() =>
            PromptSources.Read("cars", null, new() { CustomClassnameFile = Write("names.json", json) }));
        Assert.Equal(ClipError.Data, refusal.Kind);
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_names_it_says_what_was_looked_for()
    {
        var refusal = Assert.Throws<ClipException>(() => PromptSources.Read("mine", _folder["set"], new()));
        Assert.Equal(ClipError.NoInput, refusal.Kind);
        Assert.Contains("no classnames.txt", refusal.Message, StringComparison.Ordinal);
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }
}
