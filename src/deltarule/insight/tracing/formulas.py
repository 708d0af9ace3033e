r"""Each line of Algorithms 1 and 2 as it is written: as text, as LaTeX, with its equations.

In the templates ``{k}`` stands for the layer, ``{p}`` for the one before it. Lines without a number
are those of layers that the document does not have: docs/document.md, "Beyond the document".
"""

from dataclasses import dataclass, replace

RAISED = str.maketrans("0123456789()-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁽⁾⁻")


@dataclass(frozen=True)
class Formula:
    """A line's formula.

    Attributes
    ----------
    text, latex : str
        For a terminal, and for whatever sets formulas.
    equations : tuple of str
        The document's numbers, such as "3b".
    """

    text: str
    latex: str
    equations: tuple[str, ...] = ()

    def of_layer(self, k: int) -> "Formula":
        """Return the formula with the numbers of a layer in it."""
        text = self.text
        for hole, number in (("(k)", k), ("(p)", k - 1)):
            text = text.replace(hole, f"({number})".translate(RAISED))
        latex = self.latex.replace("(k)", f"({k})").replace("(p)", f"({k - 1})")
        return Formula(text, latex, self.equations)

    def as_in(self, equation: str) -> "Formula":
        """Return the formula with the number that it has in the document's three layers."""
        return replace(self, equations=(equation,))


def of_layer(name: str, k: int) -> str:
    """Return a symbol with its layer: "W" and 2 are "W⁽²⁾"."""
    return name + f"({k})".translate(RAISED)


FORWARD = {
    "depth": Formula("l, the network's depth", r"l"),
    "W": Formula("W(k), the weight matrices", r"\mathbf{W}^{(k)}"),
    "b": Formula("b(k), the bias terms", r"\mathbf{b}^{(k)}"),
    "X": Formula("X, the input", r"\mathbf{X}", ("1",)),
    "Y": Formula("Y, the class labels", r"\mathbf{Y}", ("2",)),
    "h(0)": Formula("h⁽⁰⁾ = X", r"\mathbf{h}^{(0)} = \mathbf{X}", ("3a",)),
    "for": Formula("for k = 1, ..., l - 1 do", r"\textbf{for } k = 1, \dots, l - 1 \textbf{ do}"),
    "a": Formula(
        "a(k) = W(k) h(p) + b(k)",
        r"\mathbf{a}^{(k)} = \mathbf{W}^{(k)} \mathbf{h}^{(p)} + \mathbf{b}^{(k)}",
    ),
    "h": Formula("h(k) = f(a(k))", r"\mathbf{h}^{(k)} = f(\mathbf{a}^{(k)})"),
    "h, mixed": Formula(
        "h(k) = a(k) + α(k) ⊙ (f(a(k)) - a(k))",
        r"\mathbf{h}^{(k)} = \mathbf{a}^{(k)} + \boldsymbol{\alpha}^{(k)} \odot "
        r"(f(\mathbf{a}^{(k)}) - \mathbf{a}^{(k)})",
    ),
    "scores": Formula("Ŷ = a(k)", r"\hat{\mathbf{Y}} = \mathbf{a}^{(k)}", ("3g",)),
    "losses, softmax": Formula(
        "J_k = L(Y_k, Ŷ_k) = -log(exp(Ŷ_Yk,k) / Σ_i exp(Ŷ_ik)), for each k",
        r"J_k = L(Y_k, \hat{Y}_k) = -\log \frac{e^{\hat{Y}_{Y_k, k}}}{\sum_i e^{\hat{Y}_{ik}}}",
        ("3h", "13"),
    ),
    "losses, sigmoid": Formula(
        "J_k = L(Y_k, Ŷ_k) = Σ_i log(1 + exp(Ŷ_ik)) - Y_ik Ŷ_ik, for each k",
        r"J_k = L(Y_k, \hat{Y}_k) = \sum_i \log(1 + e^{\hat{Y}_{ik}}) - Y_{ik} \hat{Y}_{ik}",
        ("3h",),
    ),
    "J": Formula("J = Σ_k J_k", r"J = \sum_{k=1}^{b} J_k", ("3i",)),
    "scale": Formula(
        "h(k) = s(k) ⊙ h(p)",
        r"\mathbf{h}^{(k)} = \mathbf{s}^{(k)} \odot \mathbf{h}^{(p)}",
    ),
    "periodic": Formula(
        "h(k) = [h(p) ; V(k) cos(2π w(k) x + c(k)) + d(k)]",
        r"\mathbf{h}^{(k)} = \left[ \mathbf{h}^{(p)} ;\ \mathbf{V}^{(k)} "
        r"\cos(2 \pi \mathbf{w}^{(k)} \mathbf{x} + \mathbf{c}^{(k)}) + \mathbf{d}^{(k)} \right]",
    ),
    "embedding": Formula(
        "h(k) = [the other rows of h(p) ; row i of E(k)]",
        r"\mathbf{h}^{(k)} = \left[ \mathbf{h}^{(p)}_{\text{the others}} ;\ "
        r"\mathbf{E}^{(k)}_{i} \right]",
    ),
}
"""Algorithm 1, and the layers that it does not have."""

BACKWARD = {
    "g, softmax": Formula(
        "g ← ∇Ŷ J = exp(Ŷ_ik) / Σ_i exp(Ŷ_ik) - [i = Y_k]",
        r"\mathbf{g} \leftarrow \nabla_{\hat{\mathbf{Y}}} J, \quad g_{ik} = "
        r"\frac{e^{\hat{Y}_{ik}}}{\sum_i e^{\hat{Y}_{ik}}} - [i = Y_k]",
        ("5", "14"),
    ),
    "g, sigmoid": Formula(
        "g ← ∇Ŷ J = 1 / (1 + exp(-Ŷ_ik)) - Y_ik",
        r"\mathbf{g} \leftarrow \nabla_{\hat{\mathbf{Y}}} J, \quad g_{ik} = "
        r"\frac{1}{1 + e^{-\hat{Y}_{ik}}} - Y_{ik}",
        ("5",),
    ),
    "for": Formula("for k = l - 1, ..., 1 do", r"\textbf{for } k = l - 1, \dots, 1 \textbf{ do}"),
    "through f": Formula(
        "g ← ∇a(k) J = g ⊙ f'(a(k))",
        r"\mathbf{g} \leftarrow \nabla_{\mathbf{a}^{(k)}} J = \mathbf{g} \odot "
        r"f'(\mathbf{a}^{(k)})",
        ("12",),
    ),
    "through f, mixed": Formula(
        "g ← ∇a(k) J = g ⊙ (1 + α(k) ⊙ (f'(a(k)) - 1))",
        r"\mathbf{g} \leftarrow \nabla_{\mathbf{a}^{(k)}} J = \mathbf{g} \odot "
        r"(1 + \boldsymbol{\alpha}^{(k)} \odot (f'(\mathbf{a}^{(k)}) - 1))",
    ),
    "O": Formula("O = [1 1 ... 1]ᵀ", r"\mathbf{O} = [1 \ 1 \ \dots \ 1]^\top"),
    "b": Formula("∇b(k) J = g O", r"\nabla_{\mathbf{b}^{(k)}} J = \mathbf{g} \mathbf{O}"),
    "W": Formula(
        "∇W(k) J = g h(p)ᵀ",
        r"\nabla_{\mathbf{W}^{(k)}} J = \mathbf{g}\, \mathbf{h}^{(p)\top}",
        ("6", "7", "8"),
    ),
    "alpha": Formula(
        "∇α(k) J = (g ⊙ (f(a(k)) - a(k))) O",
        r"\nabla_{\boldsymbol{\alpha}^{(k)}} J = "
        r"(\mathbf{g} \odot (f(\mathbf{a}^{(k)}) - \mathbf{a}^{(k)}))\, \mathbf{O}",
    ),
    "back": Formula(
        "g ← ∇h(p) J = W(k)ᵀ g",
        r"\mathbf{g} \leftarrow \nabla_{\mathbf{h}^{(p)}} J = \mathbf{W}^{(k)\top} \mathbf{g}",
        ("9", "10", "11"),
    ),
    "s": Formula(
        "∇s(k) J = (g ⊙ h(p)) O",
        r"\nabla_{\mathbf{s}^{(k)}} J = (\mathbf{g} \odot \mathbf{h}^{(p)})\, \mathbf{O}",
    ),
    "scale": Formula(
        "g ← ∇h(p) J = s(k) ⊙ g",
        r"\mathbf{g} \leftarrow \nabla_{\mathbf{h}^{(p)}} J = \mathbf{s}^{(k)} \odot \mathbf{g}",
    ),
    "d": Formula("∇d(k) J = g_P O", r"\nabla_{\mathbf{d}^{(k)}} J = \mathbf{g}_P \mathbf{O}"),
    "V": Formula(
        "∇V(k) J = g_P cos(u)ᵀ, u = 2π w(k) x + c(k)",
        r"\nabla_{\mathbf{V}^{(k)}} J = \mathbf{g}_P \cos(\mathbf{u})^\top, \quad "
        r"\mathbf{u} = 2 \pi \mathbf{w}^{(k)} \mathbf{x} + \mathbf{c}^{(k)}",
    ),
    "c": Formula(
        "∇c(k) J = g_u O, g_u = -sin(u) ⊙ (V(k)ᵀ g_P)",
        r"\nabla_{\mathbf{c}^{(k)}} J = \mathbf{g}_u \mathbf{O}, \quad \mathbf{g}_u = "
        r"-\sin(\mathbf{u}) \odot (\mathbf{V}^{(k)\top} \mathbf{g}_P)",
    ),
    "w": Formula(
        "∇w(k) J = 2π g_u xᵀ",
        r"\nabla_{\mathbf{w}^{(k)}} J = 2 \pi\, \mathbf{g}_u \mathbf{x}^\top",
    ),
    "periodic": Formula(
        "g ← ∇h(p) J = g, and 2π w(k)ᵀ g_u on top in the rows of x",
        r"\mathbf{g} \leftarrow \nabla_{\mathbf{h}^{(p)}} J = \mathbf{g} + "
        r"2 \pi\, \mathbf{w}^{(k)\top} \mathbf{g}_u \text{ in the rows of } \mathbf{x}",
    ),
    "E": Formula(
        "∇E(k) J: row i is the sum of g over the examples that have i",
        r"(\nabla_{\mathbf{E}^{(k)}} J)_i = \sum_{k:\, i_k = i} \mathbf{g}_k",
    ),
    "embedding": Formula(
        "g ← ∇h(p) J = g in the other rows, 0 for a category",
        r"\mathbf{g} \leftarrow \nabla_{\mathbf{h}^{(p)}} J = \mathbf{g} "
        r"\text{ in the other rows, } 0 \text{ for a category}",
    ),
}
"""Algorithm 2, and the layers that it does not have."""
