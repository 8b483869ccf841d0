using ClipSharp.Models.Layouts.HuggingFace;
using ClipSharp.Testing.Odd;
using ClipSharp.Weights;

namespace ClipSharp.Tests.Models.Layouts.HuggingFace;

public sealed class SentenceTransformersFolderTests : IDisposable
{
    private const string Clip = """{"idx": 0, "path": "0_CLIPModel", "type": "sentence_transformers.models.CLIPModel"}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_model_within_is_the_model()
    {
        var model = ReferenceModels.Open("vit-tiny/sentence_transformers");
        Assert.Equal("huggingface", model.Layout);
        using var weights = model.OpenWeights();
        using var expected = ReferenceModels.Open("vit-tiny/huggingface").OpenWeights();
        Assert.All(expected.Tensors.Values.Where(tensor => tensor.Name != "logit_scale"), tensor => // that alone is no float16
            Assert.True(tensor.Bytes().Span.SequenceEqual(
                NumberFormats.Converted(weights.Tensors[tensor.Name], TensorType.F32).Bytes().Span), tensor.Name));
    }

    [Theory]
    [InlineData("[]", "no folder of a first module")]
    [InlineData("[3]", "no folder of a first module")]
    [InlineData("""[{"path": "../0_CLIPModel"}]""", "no folder of a first module")]
    [InlineData("""[{"path": ".."}]""", "no folder of a first module")]
    [InlineData("""[{"path": "a/b"}]""", "no folder of a first module")]
    [InlineData("""[{"path": "a\u0000"}]""", "no folder of a first module")]
    [InlineData("""{"path": "0_CLIPModel"}""", "does not say what is wanted")]
    [InlineData($$"""[{{Clip}}, {"path": "1_Dense", "type": "sentence_transformers.models.Dense"}]""", "a module sentence_transformers.models.Dense")]
    public void Another_list_is_refused(string modules, string found)
    {
        File.WriteAllText(_folder["modules.json"], modules);
        var refusal = Assert.Throws<ClipException>(() => SentenceTransformersFolder.ModelIn(_folder.Path));
        Assert.Contains(found, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_makes_unit_vectors_may_follow()
    {
        File.WriteAllText(_folder["modules.json"],
            $$"""[{{Clip}}, {"path": "1_Normalize", "type": "sentence_transformers.models.Normalize"}]""");
        Assert.Equal(_folder["0_CLIPModel"], SentenceTransformersFolder.ModelIn(_folder.Path));
        File.WriteAllText(_folder["config.json"], "{}");
        Assert.Null(SentenceTransformersFolder.ModelIn(_folder.Path)); // the folder is itself a model's
    }

    [Fact]
    public void Mutants_are_read_or_refused()
    {
        var modules = File.ReadAllBytes(SharedFiles.Fixture("vit-tiny/sentence_transformers/modules.json"));
        var report = Mutations.Run(modules, mutant =>
        {
            File.WriteAllBytes(_folder["modules.json"], mutant);
            var within = SentenceTransformersFolder.ModelIn(_folder.Path);
            Assert.Equal(_folder.Path, Path.GetDirectoryName(within));
        }, 2000);
        Assert.InRange(report.Accepted, 1, report.Tried - 1);
    }
}
