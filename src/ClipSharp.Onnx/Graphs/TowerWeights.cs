using System.Runtime.InteropServices;
using ClipSharp.Images;
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
    /// <returns>[G + 1, D].</returns>
    public NamedTensor ClassAndPositions(string token, string positions) => Computed(positions, _tensors[positions].Shape, () =>
    {
        var (first, sum) = (Read(token), Read(positions));
        for (var i = 0; i < first.Length; i++)
        {
            sum[i] += first[i];
        }

        return sum;
    });

    /// <summary>A convolution of normalised pixels as one of pixels from 0 to 255, without a border: w / (255·deviation), and the
    /// bias less Σ w·mean / deviation.</summary>
    /// <param name="convolution">Its name.</param>
    /// <param name="hasBias">Whether it has a bias so far.</param>
    /// <param name="normalization">Mean and deviation.</param>
    public (NamedTensor Weight, NamedTensor Bias) OfBytes(string convolution, bool hasBias, PreprocessConfig normalization)
    {
        var shape = _tensors[convolution + ".weight"].Shape;
        var area = (int)(shape[2] * shape[3]);
        return (Computed(convolution + ".weight", shape, () => PerByte(Read(convolution + ".weight"), area, normalization)),
            Computed(convolution + ".bias", [shape[0]], Bias));

        float[] Bias()
        {
            var (weight, bias) = (Read(convolution + ".weight"), hasBias ? Read(convolution + ".bias") : new float[shape[0]]);
            var sums = new double[bias.Length];
            for (var i = 0; i < weight.Length; i++)
            {
                var channel = i / area % 3;
                sums[i / (3 * area)] += weight[i] * normalization.Mean[channel] / normalization.Std[channel];
            }

            return [.. bias.Zip(sums, (value, sum) => (float)(value - sum))];
        }
    }

    /// <summary>The mean on the scale 0 to 255.</summary>
    /// <returns>[1, 3, 1, 1].</returns>
    public static NamedTensor Mean(PreprocessConfig normalization) =>
        Computed("mean", [1, 3, 1, 1], () => [.. normalization.Mean.Select(value => (float)(255 * value))]);

    /// <summary>A convolution and the batch norm behind it as one convolution with a bias: w·γ/√(σ² + ε) and β − μ·γ/√(σ² +
    /// ε).</summary>
    /// <param name="convolution">Its name.</param>
    /// <param name="norm">The norm's.</param>
    /// <param name="normalization">The deviation, where it takes pixels from 0 to 255 less their mean.</param>
    public (NamedTensor Weight, NamedTensor Bias) Folded(string convolution, string norm, PreprocessConfig? normalization = null)
    {
        var shape = _tensors[convolution + ".weight"].Shape;
        return (Computed(convolution + ".weight", shape, Weight), Computed(convolution + ".bias", [shape[0]], Bias));

        float[] Weight()
        {
            var (weight, factors) = (Read(convolution + ".weight"), Factors());
            var size = weight.Length / factors.Length;
            weight = normalization is null ? weight : PerByte(weight, (int)(shape[2] * shape[3]), normalization);
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

    // A kernel of three channels, each divided by 255·deviation.
    private static float[] PerByte(float[] weight, int area, PreprocessConfig normalization) =>
        [.. weight.Select((value, i) => (float)(value / (255 * normalization.Std[i / area % 3])))];

    private static NamedTensor Computed(string name, long[] shape, Func<float[]> values) =>
        new(name, TensorType.F32, shape, () => MemoryMarshal.AsBytes<float>(values()).ToArray());

    private float[] Read(string name) => _tensors[name].ReadFloats();
}
