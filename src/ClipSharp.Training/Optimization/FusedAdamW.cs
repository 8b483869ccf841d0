using System.Runtime.CompilerServices;
using ClipSharp.Torch.Kernels;
using ClipSharp.Torch.Loading;
using TorchSharp;
using static TorchSharp.torch;

namespace ClipSharp.Training.Optimization;

/// <summary>A step of AdamW in place (Loshchilov and Hutter 2019, algorithm 2: decay decoupled from the gradient; epsilon
/// outside the bias-corrected root, as PyTorch has it). libtorch's fused kernel does it in one pass, several times
/// faster than tensor operations one by one; where a libtorch lacks it, those are used.</summary>
internal static unsafe class FusedAdamW
{
    /// <summary>Whether libtorch's kernel is used.</summary>
    public static bool IsAvailable => NativeFunction.FusedAdamW.IsAvailable;

    /// <summary>Updates the parameters, their moments and their step counts. Parameters that decay differently are separate
    /// calls. Gradients are not followed, whatever mode holds.</summary>
    /// <param name="parameters">Contiguous, all of one floating type and device.</param>
    /// <param name="gradients">One for each parameter, of its shape and type.</param>
    /// <param name="firstMoments">Means of the gradients (m), contiguous, of the parameters' shapes and type; zeros at
    /// first.</param>
    /// <param name="secondMoments">Means of their squares (v), likewise.</param>
    /// <param name="steps">Steps done for each parameter, one float32 element each; raised by one here.</param>
    /// <param name="learningRate">The factor of the step, schedule included.</param>
    /// <param name="beta1">How much of m stays, in [0, 1).</param>
    /// <param name="beta2">How much of v stays, in [0, 1).</param>
    /// <param name="weightDecay">Each step takes learningRate · weightDecay of every parameter.</param>
    /// <param name="epsilon">Added to the root of v.</param>
    /// <exception cref="ArgumentException">The lists, shapes, types or devices do not fit; nothing is changed.</exception>
    public static void Step(
        IReadOnlyList<Tensor> parameters, IReadOnlyList<Tensor> gradients, IReadOnlyList<Tensor> firstMoments,
        IReadOnlyList<Tensor> secondMoments, IReadOnlyList<Tensor> steps,
        double learningRate, double beta1, double beta2, double weightDecay, double epsilon)
    {
        var rates = new Rates(learningRate, beta1, beta2, weightDecay, epsilon);
        var state = new State(parameters, gradients, firstMoments, secondMoments, steps);
        Step(state, rates, IsAvailable);
    }

    /// <summary>The same with or without libtorch's kernel.</summary>
    internal static void Step(State state, Rates rates, bool fused)
    {
        if (state.Parameters.Count == 0)
        {
            return;
        }

        state.RequireFit();
        using var mode = no_grad();
        using var scope = NewDisposeScope();
        foreach (var step in state.Steps)
        {
            step.add_(Numbers.One, Numbers.One);
        }

        // Autograd may leave a gradient in another order of memory, which the kernel would not see.
        state = state with { Gradients = [.. state.Gradients.Select(gradient => gradient.contiguous())] };
        if (fused)
        {
            CallKernel(state, rates);
            return;
        }

        for (var i = 0; i < state.Parameters.Count; i++)
        {
            StepOne(state.Parameters[i], state.Gradients[i], state.FirstMoments[i], state.SecondMoments[i],
                state.Steps[i].item<float>(), rates);
        }
    }

    private static void StepOne(Tensor parameter, Tensor gradient, Tensor first, Tensor second, double step, Rates rates)
    {
        using var scope = NewDisposeScope();
        using var kept = (1 - (rates.LearningRate * rates.WeightDecay)).ToScalar();
        using var beta1 = rates.Beta1.ToScalar();
        using var beta2 = rates.Beta2.ToScalar();
        using var new1 = (1 - rates.Beta1).ToScalar();
        using var new2 = (1 - rates.Beta2).ToScalar();
        using var correction = Math.Sqrt(1 - Math.Pow(rates.Beta2, step)).ToScalar();
        using var epsilon = rates.Epsilon.ToScalar();
        using var move = (-rates.LearningRate / (1 - Math.Pow(rates.Beta1, step))).ToScalar();
        parameter.mul_(kept);
        first.mul_(beta1).add_(gradient, new1);
        second.mul_(beta2).addcmul_(gradient, gradient, new2);
        var root = second.sqrt().div_(correction).add_(epsilon, Numbers.One);
        parameter.addcdiv_(first, root, move);
    }

    private static void CallKernel(State state, Rates rates)
    {
        var count = state.Parameters.Count;
        var tensors = new nint[5 * count];
        IReadOnlyList<Tensor>[] lists =
            [state.Parameters, state.Gradients, state.FirstMoments, state.SecondMoments, state.Steps];
        for (var list = 0; list < lists.Length; list++)
        {
            for (var i = 0; i < count; i++)
            {
                tensors[(list * count) + i] = *(nint*)lists[list][i].Handle; // an at::Tensor is one pointer
            }
        }

        var kernel = (delegate* unmanaged[Cdecl]<ArrayRef, ArrayRef, ArrayRef, ArrayRef, ArrayRef, ArrayRef,
            double, double, double, double, double, byte, byte, OptionalTensor*, OptionalTensor*, void>)
            NativeFunction.FusedAdamW.Address;
        var none = default(OptionalTensor); // neither a gradient scale nor a found-infinity flag
        const byte No = 0;                  // amsgrad, maximize
        fixed (nint* start = tensors)
        {
            kernel(new(start, count), new(start + count, count), new(start + (2 * count), count), new(start + (3 * count), count),
                default, new(start + (4 * count), count), rates.LearningRate, rates.Beta1, rates.Beta2, rates.WeightDecay,
                rates.Epsilon, No, No, &none, &none);
        }

        GC.KeepAlive(lists);
    }

    internal sealed record Rates(double LearningRate, double Beta1, double Beta2, double WeightDecay, double Epsilon);

    internal sealed record State(
        IReadOnlyList<Tensor> Parameters, IReadOnlyList<Tensor> Gradients, IReadOnlyList<Tensor> FirstMoments,
        IReadOnlyList<Tensor> SecondMoments, IReadOnlyList<Tensor> Steps)
    {
        /// <summary>Everything the kernel would end the process for, or quietly get wrong.</summary>
        public void RequireFit()
        {
            var (type, device) = (Parameters[0].dtype, Parameters[0].device);
            if (type is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16 or ScalarType.Float64))
            {
                throw new ArgumentException($"AdamW needs floating numbers, not {type}.");
            }

            RequireList(Gradients, "gradients");
            RequireList(FirstMoments, "first moments");
            RequireList(SecondMoments, "second moments");
            RequireList(Steps, "steps");
            for (var i = 0; i < Parameters.Count; i++)
            {
                var shape = Parameters[i].shape;
                Require(Parameters[i], $"parameter {i}", shape, type, device, contiguous: true);
                Require(Gradients[i], $"gradient {i}", shape, type, device, contiguous: false);
                Require(FirstMoments[i], $"first moment {i}", shape, type, device, contiguous: true);
                Require(SecondMoments[i], $"second moment {i}", shape, type, device, contiguous: true);
                if (Steps[i].numel() != 1)
                {
                    throw new ArgumentException($"Step {i} has {Steps[i].numel()} elements, expected 1.");
                }

                Require(Steps[i], $"step {i}", Steps[i].shape, ScalarType.Float32, device, contiguous: true);
            }
        }

        private void RequireList(IReadOnlyList<Tensor> list, string name)
        {
            if (list.Count != Parameters.Count)
            {
                throw new ArgumentException($"There are {list.Count} {name} for {Parameters.Count} parameters.");
            }
        }

        private static void Require(Tensor tensor, string name, long[] shape, ScalarType type, Device device, bool contiguous)
        {
            if (!tensor.shape.AsSpan().SequenceEqual(shape) || tensor.dtype != type || tensor.is_sparse
                || tensor.device_type != device.type || tensor.device_index != device.index
                || (contiguous && !tensor.is_contiguous()))
            {
                throw new ArgumentException(
                    $"{name} is [{string.Join(", ", tensor.shape)}] {tensor.dtype} on {tensor.device}, expected "
                    + $"[{string.Join(", ", shape)}] {type} on {device}, dense{(contiguous ? " and contiguous" : "")}.");
            }
        }
    }

    /// <summary>c10::ArrayRef: where and how many.</summary>
    private readonly struct ArrayRef(nint* start, long count)
    {
        private readonly nint* _start = start;
        private readonly long _count = count;
    }

    /// <summary>std::optional of an at::Tensor; all zero is none.</summary>
    [InlineArray(2)]
    private struct OptionalTensor
    {
        private long _word;
    }
}
