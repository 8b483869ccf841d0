using ClipSharp.Images;

namespace ClipSharp.Models.Layouts;

/// <summary>Carries learnt positions over to another number of them, as open_clip does at loading (<c>resize_pos_embed</c>,
/// <c>resize_text_pos_embed</c> in its <c>model.py</c>): a picture's grid bicubic and antialiased, the class row kept; a text's
/// row linear.</summary>
internal static class PositionEmbeddings
{
    private const double Cubic = -0.5; // torch's antialiased bicubic, as Pillow's

    /// <param name="positions">[class tokens + cells of from, width].</param>
    /// <param name="classTokens">Rows before the grid's, which are kept.</param>
    /// <param name="from">The grid.</param>
    /// <param name="to">The grid of the result.</param>
    /// <param name="width">D.</param>
    /// <returns>[class tokens + cells of to, width].</returns>
    public static float[] OfGrid(ReadOnlySpan<float> positions, int classTokens, Extent from, Extent to, int width)
    {
        // Horizontal first, as torch: [from.Height, to.Width, width], then [to.Height, to.Width, width].
        var narrow = Apply(positions[(classTokens * width)..], CubicWeights(from.Width, to.Width), lines: from.Height, width,
            alongRows: true);
        var grid = Apply(narrow, CubicWeights(from.Height, to.Height), lines: to.Width, width, alongRows: false);
        return [.. positions[..(classTokens * width)], .. grid];
    }

    /// <param name="positions">[from, width].</param>
    /// <param name="from">Tokens.</param>
    /// <param name="to">Tokens of the result.</param>
    /// <param name="width">D.</param>
    /// <returns>[to, width].</returns>
    public static float[] OfText(ReadOnlySpan<float> positions, int from, int to, int width)
    {
        var result = new float[ArrayLength.Of("numbers of positions", to, width)];
        var scale = (double)from / to;
        for (var i = 0; i < to; i++)
        {
            var center = Math.Max(0, (scale * (i + 0.5)) - 0.5);
            var low = Math.Min((int)center, from - 1);
            var high = Math.Min(low + 1, from - 1);
            var share = center - low;
            for (var k = 0; k < width; k++)
            {
                result[(i * width) + k] = (float)(((1 - share) * positions[(low * width) + k])
                    + (share * positions[(high * width) + k]));
            }
        }

        return result;
    }

    // Weighted sums along one axis of cells [height, width of the grid, width]: of each line's cells, or of the lines.
    private static float[] Apply(ReadOnlySpan<float> cells, (int First, double[] Weights)[] weights, int lines, int width,
        bool alongRows)
    {
        var from = cells.Length / width / lines;
        var result = new float[ArrayLength.Of("numbers of positions", lines, weights.Length, width)];
        for (var line = 0; line < lines; line++)
        {
            for (var i = 0; i < weights.Length; i++)
            {
                var (first, shares) = weights[i];
                var target = result.AsSpan((alongRows ? (line * weights.Length) + i : (i * lines) + line) * width, width);
                for (var k = 0; k < width; k++)
                {
                    var sum = 0.0;
                    for (var j = 0; j < shares.Length; j++)
                    {
                        var cell = alongRows ? (line * from) + first + j : ((first + j) * lines) + line;
                        sum += shares[j] * cells[(cell * width) + k];
                    }

                    target[k] = (float)sum;
                }
            }
        }

        return result;
    }

    private static (int First, double[] Weights)[] CubicWeights(int from, int to)
    {
        var scale = (double)from / to;
        var stretch = Math.Max(scale, 1);
        var support = 2 * stretch;
        var result = new (int, double[])[to];
        for (var i = 0; i < to; i++)
        {
            var center = scale * (i + 0.5);
            var first = Math.Max(0, (int)(center - support + 0.5));
            var end = Math.Min(from, (int)(center + support + 0.5));
            var weights = new double[end - first];
            for (var j = 0; j < weights.Length; j++)
            {
                weights[j] = Kernel((first + j + 0.5 - center) / stretch);
            }

            var sum = weights.Sum();
            result[i] = (first, [.. weights.Select(weight => weight / sum)]);
        }

        return result;
    }

    private static double Kernel(double x)
    {
        x = Math.Abs(x);
        return x < 1 ? ((((Cubic + 2) * x) - (Cubic + 3)) * x * x) + 1
            : x < 2 ? Cubic * ((((x - 5) * x) + 8) * x - 4)
            : 0;
    }
}
