using ClipSharp.Images;
using ClipSharp.Models;
using ClipSharp.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Tests.Towers;

/// <summary>Values that PyTorch computed, and the comparison at the tolerance their README asks for.</summary>
internal sealed class Reference(string file) : IDisposable
{
    private readonly SafetensorsFile _file = SafetensorsFile.Open(SharedFiles.Fixture(file));

    public IEnumerable<string> Names => _file.Tensors.Keys;

    public Tensor this[string name]
    {
        get
        {
            var info = _file.Tensors[name];
            var result = empty(info.Shape, info.Type == TensorType.I64 ? ScalarType.Int64 : ScalarType.Float32);
            _file.Bytes(name).CopyTo(result.bytes);
            return result;
        }
    }

    public bool Has(string name) => _file.Tensors.ContainsKey(name);

    /// <summary>The same, where the reference has that stage.</summary>
    public void AssertCloseIfThere(string name, Tensor got)
    {
        if (Has(name))
        {
            AssertClose(name, got);
        }
    }

    /// <summary>|got − want| ≤ share · max |want|, or an absolute floor.</summary>
    public void AssertClose(string name, Tensor got, double share = 1e-5, double absolute = 0)
    {
        using var scope = NewDisposeScope();
        var want = this[name];
        Assert.Equal(want.shape, got.shape);
        var difference = (got.detach() - want).abs().max().ToDouble();
        var bound = Math.Max(absolute, share * want.abs().max().ToDouble());
        Assert.True(difference <= bound, FormattableString.Invariant(
            $"{name} [{string.Join(", ", want.shape)}]: largest difference {difference:E2}, bound {bound:E2}"));
    }

    public static ClipModel Model(string fixture, Func<ModelConfig, ModelConfig>? change = null)
    {
        var files = ModelFiles.Open(SharedFiles.Fixture($"{fixture}/open_clip"));
        var model = ClipModel.Create(change is null ? files.Config : change(files.Config), new PreprocessConfig());
        using var weights = files.OpenWeights();
        StateDict.Copy(weights.Tensors, model.NamedWeights(), files.Location);
        return model;
    }

    public void Dispose() => _file.Dispose();
}
