using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ClipSharp.Evaluation.Probes.Solver;

/// <summary>C = A · B on one thread, near the rate of the multipliers: six rows of A with two vectors of B's columns, whose
/// twelve sums stay in the 16 registers that AVX2 has. Vectors are as wide as the runtime makes them. Each sum is in order of the
/// depth, whatever the sizes.</summary>
internal static class MatrixProduct
{
    /// <summary>Rows computed at once: a number of rows that it divides wastes nothing.</summary>
    public const int Rows = 6;

    /// <summary>A number of columns filled up to what is computed at once.</summary>
    public static int Padded<T>(int columns)
        where T : struct
    {
        var together = 2 * Vector<T>.Count;
        return (columns + together - 1) / together * together;
    }

    /// <summary>C = A · B. Element (i, p) of A lies at <c>i · aRow + p · aStep</c>, so that A may lie transposed.</summary>
    /// <param name="a">[M, P].</param>
    /// <param name="aRow">Numbers from one row of A to the next.</param>
    /// <param name="aStep">Numbers from one column of A to the next.</param>
    /// <param name="b">[P, N], N as <see cref="Padded"/> gives it.</param>
    /// <param name="bStep">Numbers from one row of B to the next.</param>
    /// <param name="c">[M, N], written.</param>
    /// <param name="cRow">Numbers from one row of C to the next.</param>
    /// <param name="rows">M.</param>
    /// <param name="columns">N.</param>
    /// <param name="depth">P, 1 or more.</param>
    public static void Multiply<T>(ReadOnlySpan<T> a, int aRow, int aStep, ReadOnlySpan<T> b, int bStep, Span<T> c, int cRow,
        int rows, int columns, int depth)
        where T : struct
    {
        // What is below does not look at bounds.
        _ = a[((rows - 1) * aRow) + ((depth - 1) * aStep)];
        _ = b[((depth - 1) * bStep) + columns - 1];
        _ = c[((rows - 1) * cRow) + columns - 1];
        ref var firstA = ref MemoryMarshal.GetReference(a);
        ref var firstB = ref MemoryMarshal.GetReference(b);
        ref var firstC = ref MemoryMarshal.GetReference(c);
        for (var column = 0; column < columns; column += 2 * Vector<T>.Count)
        {
            for (var row = 0; row < rows; row += Rows)
            {
                Block(ref Unsafe.Add(ref firstA, (nint)row * aRow), aRow, aStep, ref Unsafe.Add(ref firstB, column), bStep,
                    ref Unsafe.Add(ref firstC, ((nint)row * cRow) + column), cRow, Math.Min(Rows, rows - row), depth);
            }
        }
    }

    // Rows that are not there are computed from the last one and not written.
    private static void Block<T>(ref T a, nint aRow, nint aStep, ref T b, nint bStep, ref T c, nint cRow, int rows, int depth)
        where T : struct
    {
        ref var a1 = ref Unsafe.Add(ref a, Math.Min(1, rows - 1) * aRow);
        ref var a2 = ref Unsafe.Add(ref a, Math.Min(2, rows - 1) * aRow);
        ref var a3 = ref Unsafe.Add(ref a, Math.Min(3, rows - 1) * aRow);
        ref var a4 = ref Unsafe.Add(ref a, Math.Min(4, rows - 1) * aRow);
        ref var a5 = ref Unsafe.Add(ref a, Math.Min(5, rows - 1) * aRow);
        var (c00, c01, c10, c11, c20, c21) = (Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero,
            Vector<T>.Zero);
        var (c30, c31, c40, c41, c50, c51) = (c00, c00, c00, c00, c00, c00);
        nint at = 0;
        for (; depth > 0; depth--)
        {
            var (b0, b1) = (Vector.LoadUnsafe(ref b), Vector.LoadUnsafe(ref b, (nuint)Vector<T>.Count));
            var x = new Vector<T>(Unsafe.Add(ref a, at));
            (c00, c01) = (Add(x, b0, c00), Add(x, b1, c01));
            x = new Vector<T>(Unsafe.Add(ref a1, at));
            (c10, c11) = (Add(x, b0, c10), Add(x, b1, c11));
            x = new Vector<T>(Unsafe.Add(ref a2, at));
            (c20, c21) = (Add(x, b0, c20), Add(x, b1, c21));
            x = new Vector<T>(Unsafe.Add(ref a3, at));
            (c30, c31) = (Add(x, b0, c30), Add(x, b1, c31));
            x = new Vector<T>(Unsafe.Add(ref a4, at));
            (c40, c41) = (Add(x, b0, c40), Add(x, b1, c41));
            x = new Vector<T>(Unsafe.Add(ref a5, at));
            (c50, c51) = (Add(x, b0, c50), Add(x, b1, c51));
            b = ref Unsafe.Add(ref b, bStep);
            at += aStep;
        }

        Store(ref c, c00, c01);
        if (rows > 1)
        {
            Store(ref Unsafe.Add(ref c, cRow), c10, c11);
        }

        if (rows > 2)
        {
            Store(ref Unsafe.Add(ref c, 2 * cRow), c20, c21);
        }

        if (rows > 3)
        {
            Store(ref Unsafe.Add(ref c, 3 * cRow), c30, c31);
        }

        if (rows > 4)
        {
            Store(ref Unsafe.Add(ref c, 4 * cRow), c40, c41);
        }

        if (rows > 5)
        {
            Store(ref Unsafe.Add(ref c, 5 * cRow), c50, c51);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Add<T>(Vector<T> x, Vector<T> y, Vector<T> sum)
        where T : struct =>
        typeof(T) == typeof(float)
            ? Vector.FusedMultiplyAdd(x.As<T, float>(), y.As<T, float>(), sum.As<T, float>()).As<float, T>()
            : Vector.FusedMultiplyAdd(x.As<T, double>(), y.As<T, double>(), sum.As<T, double>()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(ref T to, Vector<T> first, Vector<T> second)
        where T : struct
    {
        first.StoreUnsafe(ref to);
        second.StoreUnsafe(ref to, (nuint)Vector<T>.Count);
    }
}
