namespace ClipSharp.Onnx.Tests;

/// <summary>What <see cref="IClipEncoder"/> promises of rows that share a batch.</summary>
public sealed class BatchInvarianceTests
{
    [Theory]
    [InlineData("vit-tiny/open_clip")]
    [InlineData("rn-tiny/open_clip")]
    [InlineData(null)]
    public void A_vector_is_the_same_alone_and_among_others(string? place)
    {
        using var folder = new TemporaryFolder();
        var model = place is null ? TinyModel.Write(folder["drawn"]) : ReferenceModels.Open(place);
        var tokenizer = Text.BpeTokenizer.Load(SharedFiles.Fixture("tokenizer-small"));
        using var weights = model.OpenWeights();
        OnnxExporter.Write(folder["onnx"], model.Config, model.Preprocess, tokenizer, weights.Tensors.Values);
        using var encoder = new OnnxEncoder(OnnxFolder.Open(folder["onnx"]));

        var found = BatchInvariance.Of(encoder, model.Config);

        TestContext.Current.SendDiagnosticMessage("{0}: {1}", place ?? "drawn", found);
        Assert.InRange(found.Difference, 0, 1e-6f);
        if (place is not null) // fresh weights make all pictures one
        {
            Assert.Equal((1.0, 0.0), (found.SameName, found.NearTies));
        }
    }
}
