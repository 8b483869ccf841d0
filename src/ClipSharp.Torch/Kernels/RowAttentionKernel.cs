using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ClipSharp.Simd;
using static TorchSharp.torch;

namespace ClipSharp.Torch.Kernels;

/// <summary>The kernel of <see cref="RowAttention"/>. Each head of a picture or text is a turn of its own: keys are turned and
/// widened to floats once, then four queries at a time meet them, all in float32. A turn's result does not depend on what else
/// is in the batch, nor on the number of threads.</summary>
internal static unsafe class RowAttentionKernel
{
    private const int RowsTogether = FourRows.Count;
    private const int LongestPair = 32 * sizeof(float); // bytes of two vectors of 512 bits
    private const double MultiplyAddsPerThread = 200_000; // fewer are not worth waking a thread

    /// <param name="queries">Float32 or BFloat16 [B, Q, D], numbers of a row side by side; keys and values likewise.</param>
    /// <param name="keys">[B, T, D].</param>
    /// <param name="values">[B, T, D].</param>
    /// <param name="heads">How many share D.</param>
    /// <param name="isCausal">Whether row i sees rows 0 to i only.</param>
    /// <param name="seen">int64 [B]: how many rows are seen at all; null = all.</param>
    /// <param name="isWide">Vectors of 512 bits, else of 256.</param>
    public static Tensor Run(Tensor queries, Tensor keys, Tensor values, int heads, bool isCausal, Tensor? seen, bool isWide)
    {
        var (batch, rows, width) = (queries.shape[0], (int)queries.shape[1], (int)queries.shape[2]);
        var result = empty(batch, rows, width, queries.dtype);
        using var counts = seen?.contiguous();
        var job = new Job
        {
            Queries = new Rows(queries),
            Keys = new Rows(keys),
            Values = new Rows(values),
            Result = new Rows(result),
            Seen = counts is null ? null : (long*)TensorData.Of(counts),
            Heads = heads,
            HeadWidth = width / heads,
            QueryCount = rows,
            KeyCount = (int)keys.shape[1],
            IsCausal = isCausal,
        };
        var turn = 2.0 * rows * job.KeyCount * job.HeadWidth;
        var turnsPerThread = (long)Math.Ceiling(MultiplyAddsPerThread / turn);
        ParallelLoop.Run(batch * heads, turnsPerThread, (queries.dtype == ScalarType.Float32, isWide) switch
        {
            (true, true) => &Share<Floats512, Float32Numbers>,
            (true, false) => &Share<Floats256, Float32Numbers>,
            (false, true) => &Share<Floats512, BFloat16Numbers>,
            (false, false) => &Share<Floats256, BFloat16Numbers>,
        }, &job);
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Share<T, TNumbers>(long begin, long end, void* arguments)
        where T : unmanaged, IFloats<T>
        where TNumbers : INumbers
    {
        ref readonly var job = ref *(Job*)arguments;
        var lanes = 2 * T.Count;
        var room = new Room(Padded(job.KeyCount, lanes), Padded(job.HeadWidth, lanes), job.KeyCount);
        for (var turn = begin; turn < end; turn++)
        {
            Head<T, TNumbers>(job, turn / job.Heads, turn % job.Heads, room);
        }

        room.Free();
    }

    private static int Padded(int count, int lanes) => (count + lanes - 1) / lanes * lanes;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Head<T, TNumbers>(in Job job, long picture, long head, in Room room)
        where T : unmanaged, IFloats<T>
        where TNumbers : INumbers
    {
        var seen = job.Seen is null ? job.KeyCount : (int)job.Seen[picture];
        var (width, column) = (job.HeadWidth, head * job.HeadWidth);
        for (var t = 0; t < seen; t++)
        {
            var value = job.Values.At(picture, t, column, TNumbers.Size);
            Widen<T, TNumbers>(value, width, room.Values + ((long)t * room.ValueStride));
        }

        for (var first = 0; first < seen; first += RowsTogether)
        {
            var together = Math.Min(RowsTogether, seen - first);
            for (var r = 0; r < together; r++)
            {
                var key = job.Keys.At(picture, first + r, column, TNumbers.Size);
                Widen<T, TNumbers>(key, width, room.Queries + ((long)r * room.ValueStride));
            }

            Turn(room.Queries, room.ValueStride, width, room.Keys + first, room.KeyStride);
        }

        var scale = 1 / MathF.Sqrt(width);
        for (var first = 0; first < job.QueryCount; first += RowsTogether)
        {
            var together = Math.Min(RowsTogether, job.QueryCount - first);
            for (var r = 0; r < together; r++)
            {
                var query = room.Queries + ((long)r * room.ValueStride);
                Widen<T, TNumbers>(job.Queries.At(picture, first + r, column, TNumbers.Size), width, query);
                for (var i = 0; i < width; i++)
                {
                    query[i] *= scale;
                }
            }

            var visible = job.IsCausal ? Math.Min(seen, first + together) : seen;
            var padded = Padded(visible, 2 * T.Count);
            FourRows.Multiply<T>(room.Queries, room.ValueStride, room.Keys, room.KeyStride, width, padded,
                room.Scores, room.KeyStride);
            for (var r = 0; r < together; r++)
            {
                var own = job.IsCausal ? Math.Min(seen, first + r + 1) : seen;
                room.Sums[r] = Exponentials<T>(room.Scores + ((long)r * room.KeyStride), own, padded);
            }

            FourRows.Multiply<T>(room.Scores, room.KeyStride, room.Values, room.ValueStride, visible, room.ValueStride,
                room.Queries, room.ValueStride);
            for (var r = 0; r < together; r++)
            {
                Put<T, TNumbers>(room.Queries + ((long)r * room.ValueStride), 1 / room.Sums[r], width,
                    job.Result.At(picture, first + r, column, TNumbers.Size));
            }
        }
    }

    // Four rows side by side to four columns; what stands behind the last row that is seen is not looked at.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(float* rows, int rowStride, int width, float* to, int stride)
    {
        float* second = rows + rowStride, third = second + rowStride, fourth = third + rowStride;
        for (var i = 0; i < width; i++, to += stride)
        {
            Vector128.Create(rows[i], second[i], third[i], fourth[i]).Store(to);
        }
    }

    // In place; those behind the last one seen become nothing beside any other. Their sum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentials<T>(float* scores, int seen, int padded)
        where T : unmanaged, IFloats<T>
    {
        for (var i = seen; i < padded; i++)
        {
            scores[i] = float.NegativeInfinity;
        }

        var largest = T.Load(scores);
        for (var i = T.Count; i < padded; i += T.Count)
        {
            largest = T.Largest(largest, T.Load(scores + i));
        }

        var (off, sum) = (T.Fill(-T.LargestOf(largest)), T.Fill(0));
        for (var i = 0; i < padded; i += T.Count)
        {
            var share = FloatFunctions.Exp(T.Load(scores + i) + off);
            T.Store(share, scores + i);
            sum += share;
        }

        return T.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen<T, TNumbers>(byte* from, int count, float* to)
        where T : unmanaged, IFloats<T>
        where TNumbers : INumbers
    {
        var lanes = 2 * T.Count;
        var i = 0;
        for (; i <= count - lanes; i += lanes)
        {
            var (low, high) = TNumbers.Load<T>(from + ((long)i * TNumbers.Size));
            FourRows.Store(low, high, to + i);
        }

        if (i < count)
        {
            WidenRest<T, TNumbers>(from + ((long)i * TNumbers.Size), count - i, to + i);
        }
    }

    // Rows of floats are whole pairs of vectors; those of the tensor are not.
    private static void WidenRest<T, TNumbers>(byte* from, int count, float* to)
        where T : unmanaged, IFloats<T>
        where TNumbers : INumbers
    {
        var rest = stackalloc byte[LongestPair];
        Unsafe.CopyBlock(rest, from, (uint)(count * TNumbers.Size));
        var (low, high) = TNumbers.Load<T>(rest);
        FourRows.Store(low, high, to);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<T, TNumbers>(float* from, float factor, int count, byte* to)
        where T : unmanaged, IFloats<T>
        where TNumbers : INumbers
    {
        var (lanes, factors) = (2 * T.Count, T.Fill(factor));
        var i = 0;
        for (; i <= count - lanes; i += lanes)
        {
            TNumbers.Store(T.Load(from + i) * factors, T.Load(from + i + T.Count) * factors, to + ((long)i * TNumbers.Size));
        }

        if (i < count)
        {
            PutRest<T, TNumbers>(from + i, factors, count - i, to + ((long)i * TNumbers.Size));
        }
    }

    private static void PutRest<T, TNumbers>(float* from, T factors, int count, byte* to)
        where T : unmanaged, IFloats<T>
        where TNumbers : INumbers
    {
        var rest = stackalloc byte[LongestPair];
        TNumbers.Store(T.Load(from) * factors, T.Load(from + T.Count) * factors, rest);
        Unsafe.CopyBlock(to, rest, (uint)(count * TNumbers.Size));
    }

    /// <summary>Where the rows of a tensor [B, T, D] lie.</summary>
    private readonly struct Rows(Tensor tensor)
    {
        private readonly byte* _data = TensorData.Of(tensor);
        private readonly long _pictureStride = tensor.stride(0);
        private readonly long _rowStride = tensor.stride(1);

        public byte* At(long picture, long row, long column, int size) =>
            _data + (((picture * _pictureStride) + (row * _rowStride) + column) * size);
    }

    private struct Job
    {
        public Rows Queries;
        public Rows Keys;
        public Rows Values;
        public Rows Result;
        public long* Seen;
        public int Heads;
        public int HeadWidth;
        public int QueryCount;
        public int KeyCount;
        public bool IsCausal;
    }

    /// <summary>A thread's memory. It begins as zeros: what fills up rows to whole vectors meets numbers.</summary>
    private readonly struct Room
    {
        private readonly float* _all;

        public Room(int keyStride, int valueStride, int keyCount)
        {
            (KeyStride, ValueStride) = (keyStride, valueStride);
            var sizes = (Keys: (long)valueStride * keyStride, Values: (long)keyCount * valueStride,
                Scores: (long)RowsTogether * keyStride, Queries: (long)RowsTogether * valueStride);
            var numbers = sizes.Keys + sizes.Values + sizes.Scores + sizes.Queries + RowsTogether;
            var bytes = checked((nuint)(numbers * sizeof(float)));
            _all = (float*)NativeMemory.AlignedAlloc(bytes, 64);
            NativeMemory.Clear(_all, bytes);
            Keys = _all;
            Values = Keys + sizes.Keys;
            Scores = Values + sizes.Values;
            Queries = Scores + sizes.Scores;
            Sums = Queries + sizes.Queries;
        }

        /// <summary>[W, T]: turned.</summary>
        public float* Keys { get; }

        /// <summary>[T, W].</summary>
        public float* Values { get; }

        /// <summary>[4, T].</summary>
        public float* Scores { get; }

        /// <summary>[4, W]: keys before they are turned, then queries, then their results.</summary>
        public float* Queries { get; }

        /// <summary>[4].</summary>
        public float* Sums { get; }

        /// <summary>T, filled up.</summary>
        public int KeyStride { get; }

        /// <summary>W, filled up.</summary>
        public int ValueStride { get; }

        public void Free() => NativeMemory.AlignedFree(_all);
    }
}
