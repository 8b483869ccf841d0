using System.Numerics;
using ClipSharp.Evaluation.Probes.Solver;

namespace ClipSharp.Evaluation.Tests.Probes.Solver;

public sealed class MatrixProductTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(5, 3, 2)]
    [InlineData(6, 16, 7)]
    [InlineData(7, 17, 5)]
    [InlineData(13, 33, 31)]
    [InlineData(23, 70, 129)]
    public void It_equals_three_loops(int rows, int columns, int depth)
    {
        Check<float>(rows, columns, depth, 1e-5);
        Check<double>(rows, columns, depth, 1e-13);
    }

    [Fact]
    public void It_does_not_read_or_write_beyond_its_matrices()
    {
        var padded = MatrixProduct.Padded<float>(3);
        var (a, b, c) = (new float[6], new float[2 * padded], new float[3 * padded]);
        foreach (var (ofA, ofB, ofC) in new[] { (1, 0, 0), (0, 1, 0), (0, 0, 1) })
        {
            Assert.Throws<IndexOutOfRangeException>(() => MatrixProduct.Multiply<float>(a.AsSpan(ofA), 2, 1, b.AsSpan(ofB),
                padded, c.AsSpan(ofC), padded, 3, padded, 2));
        }
    }

    private static void Check<T>(int rows, int columns, int depth, double tolerance)
        where T : struct, IBinaryFloatingPointIeee754<T>
    {
        var random = new RandomStream(1, RandomPurpose.Synthesis);
        var padded = MatrixProduct.Padded<T>(columns);
        T[] Draw(int count, ref RandomStream from)
        {
            var drawn = new T[count];
            for (var i = 0; i < count; i++)
            {
                drawn[i] = T.CreateTruncating(from.NextNormal());
            }

            return drawn;
        }

        var (a, b) = (Draw(rows * depth, ref random), Draw(depth * padded, ref random));
        foreach (var (aRow, aStep) in new[] { (depth, 1), (1, rows) })
        {
            var c = new T[rows * padded];
            MatrixProduct.Multiply(a, aRow, aStep, b, padded, c, padded, rows, padded, depth);
            for (var i = 0; i < rows; i++)
            {
                for (var j = 0; j < columns; j++)
                {
                    double sum = 0;
                    for (var p = 0; p < depth; p++)
                    {
                        sum += double.CreateTruncating(a[(i * aRow) + (p * aStep)] * b[(p * padded) + j]);
                    }

                    Assert.Equal(sum, double.CreateTruncating(c[(i * padded) + j]), tolerance * depth);
                }
            }
        }
    }
}
