using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Towers;

/// <summary>Positions that are not learnt: sines and cosines of a cell's column in the first half of the width and of its row in
/// the second, a row of zeros for the class token (<c>get_2d_sincos_pos_embed</c> in open_clip's <c>pos_embed.py</c>).</summary>
internal static class Waves
{
    private const double Longest = 10000;

    /// <param name="grid">Cells a side: the grid is a square.</param>
    /// <param name="width">D, a multiple of 4.</param>
    /// <returns>[G + 1, D].</returns>
    public static Parameter Positions(int grid, int width)
    {
        var quarter = width / 4;
        var values = new float[((grid * grid) + 1) * width];
        for (var cell = 0; cell < grid * grid; cell++)
        {
            var row = values.AsSpan((cell + 1) * width, width);
            Fill(row[..(2 * quarter)], cell % grid);
            Fill(row[(2 * quarter)..], cell / grid);
        }

        return new Parameter(tensor(values, [(grid * grid) + 1, width]), requires_grad: false);

        void Fill(Span<float> half, int place)
        {
            for (var i = 0; i < quarter; i++)
            {
                var angle = place / Math.Pow(Longest, (double)i / quarter);
                (half[i], half[quarter + i]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
            }
        }
    }
}
