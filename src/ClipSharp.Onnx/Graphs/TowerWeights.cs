using System.Runtime.InteropServices;
using ClipSharp.Models.Layouts;
using ClipSharp.Weights;

namespace ClipSharp.Onnx.Graphs;

/// <summary>A model's tensors by open_clip's names, in float32 and in the forms that ONNX's operators want. Each is read and
/// computed when it is written, so that one at a time is in memory.</summary>
internal sealed class TowerWeights(IEnumerable<NamedTensor> tensors)
{
    private const double BatchNormEpsilon = 1e-5;

    private readonly Dictionary<string, NamedTensor> _tensors = tensors.ToDictionary(tensor => tensor.Name);

    /// <summary>A tensor as it is.</summary>
    public NamedTensor this[string name] =>
        _tensors[name] is var tensor && tensor.Type == TensorType.F32 ? tensor : Computed(name, tensor.Shape, tensor.ReadFloats);

    /// <summary>A matrix turned: torch's linear maps store [outputs, inputs], a product x · W needs [inputs, outputs].</summary>
    public NamedTensor Transposed(string name)
    {
        var matrix = this[name];
        var (rows, columns) = ((int)matrix.Shape[0], (int)matrix.Shape[1]);
        return new NamedTensor(name, TensorType.F32, [columns, rows],
            () => Transposition.Of(matrix.Bytes().Span, rows, columns, sizeof(float)));
    }

    /// <summary>Some rows of a matrix, turned.</summary>
    /// <returns>[inputs, count].</returns>
    public NamedTensor TransposedRows(string name, int first, int count)
    {
        var columns = (int)_tensors[name].Shape[1];
        return Computed($"{name}_{first}", [columns, count], () =>
        {
            var turned = new float[count * columns];
            Transposition.Turn(MemoryMarshal.AsBytes(Read(name).AsSpan(first * columns, turned.Length)),
                MemoryMarshal.AsBytes(turned.AsSpan()), count, columns, sizeof(float));
            return turned;
        });
    }

    /// <summary>Some numbers of a vector.</summary>
    public NamedTensor Slice(string name, int first, int count) =>
        Computed($"{name}_{first}", [count], () => Read(name)[first..(first + count)]);

    /// <summary>What the learnt query of an attention pooling asks: Wq q + bq.</summary>
    /// <param name="pooling">Its name.</param>
    /// <returns>[1, 1, D].</returns>
    public NamedTensor Query(string pooling)
    {
        var width = _tensors[pooling + ".latent"].Shape[0];
        return Computed(pooling + ".query", [1, 1, width], () =>
        {
            var (latent, bias) = (Read(pooling + ".latent"), Read(pooling + ".in_proj_bias"));
            var weight = Read(pooling + ".in_proj_weight");
            return [.. latent.Select((_, row) => (float)(bias[row]
                + latent.Select((value, column) => (double)value * weight[(row * latent.Length) + column]).Sum()))];
        });
    }

    /// <summary>Class token and positions in one: the token stands on the first place.</summary>
    /// <returns>[G² + 1, D].</returns>
    public NamedTensor ClassAndPositions(string token, string positions) => Computed(positions, _tensors[positions].Shape, () =>
    {
        var (first, sum) = (Read(token), Read(positions));
        for (var i = 0; i < first.Length; i++)
        {
            sum[i] += first[i];
        }

        return sum;
    });

    /// <summary>A convolution and the batch norm behind it as one convolution with a bias: w·γ/√(σ² + ε) and β − μ·γ/√(σ² +
    /// ε).</summary>
    public (NamedTensor Weight, NamedTensor Bias) Folded(string convolution, string norm)
    {
        var shape = _tensors[convolution + ".weight"].Shape;
        return (Computed(convolution + ".weight", shape, Weight), Computed(convolution + ".bias", [shape[0]], Bias));

        float[] Weight()
        {
            var (weight, factors) = (Read(convolution + ".weight"), Factors());
            var size = weight.Length / factors.Length;
            for (var i = 0; i < weight.Length; i++)
            {
                weight[i] = (float)(weight[i] * factors[i / size]);
            }

            return weight;
        }

        float[] Bias()
        {
            var (shift, mean, factors) = (Read(norm + ".bias"), Read(norm + ".running_mean"), Factors());
            return [.. shift.Select((value, i) => (float)(value - (mean[i] * factors[i])))];
        }

        double[] Factors()
        {
            var (gain, variance) = (Read(norm + ".weight"), Read(norm + ".running_var"));
            return [.. gain.Select((value, i) => value / Math.Sqrt(variance[i] + BatchNormEpsilon))];
        }
    }

    /// <summary>The only number of a tensor.</summary>
    public float Scalar(string name) => Read(name)[0];

    private static NamedTensor Computed(string name, long[] shape, Func<float[]> values) =>
        new(name, TensorType.F32, shape, () => MemoryMarshal.AsBytes<float>(values()).ToArray());

    private float[] Read(string name) => _tensors[name].ReadFloats();
}
