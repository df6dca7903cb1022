"""The language that names and comments are in."""

from __future__ import annotations

import re

from memo_jupyter.profile.code.words import parts

_LANGUAGES = {
    "German": (
        "daten werte wert anzahl ergebnis ergebnisse datei dateien zeile zeilen spalte spalten liste summe "
        "mittelwert jahr jahre monat monate woche tage stunde stunden gesamt fehler anteil kunde kunden preis "
        "preise groesse größe laenge länge zahl zahlen verlauf tabelle messung messungen nach fuer für ohne "
        "abweichung ordner bild bilder modell umsatz datum zeit verteilung gewicht ausgabe eingabe berechne "
        "zeichne"
    ),
    "French": (
        "donnees données valeur valeurs nombre resultat résultat resultats résultats fichier fichiers ligne "
        "lignes colonne colonnes somme moyenne annee année annees mois semaine jour jours heure heures erreur "
        "taille tableau mesure mesures avec poids chemin dossier modele modèle entree entrée ventes calculer"
    ),
    "Spanish": (
        "datos valores cantidad resultado resultados archivo archivos fila filas columna columnas suma "
        "promedio año años anio meses semana días dias hora horas precio precios tamano tamaño tabla medidas "
        "fecha fechas ventas clientes ruta carpeta entrada cargar calcular graficar"
    ),
    "Portuguese": (
        "dados valores quantidade resultado resultados arquivo arquivos linha linhas coluna colunas soma "
        "média anos mês meses semana dias hora horas erro preço preco tamanho tabela vendas clientes caminho "
        "saída saida entrada carregar calcular"
    ),
    "Italian": (
        "dati valori risultato risultati riga righe colonna colonne somma anno anni mese mesi settimana "
        "giorno giorni errore prezzo prezzi dimensione tabella misura misure senza percorso cartella modello "
        "uscita ingresso vendite clienti carica calcola"
    ),
    "Dutch": (
        "gegevens waarde waarden aantal resultaat resultaten bestand bestanden rijen kolom kolommen "
        "gemiddelde jaar jaren maand maanden dagen uren fout prijs prijzen grootte tabel meting metingen "
        "zonder uitvoer invoer verkoop klanten bereken"
    ),
    "Polish": (
        "wartosc wartość wartosci liczba wynik wyniki plik pliki wiersz kolumna kolumny suma srednia średnia "
        "miesiac dzien"
    ),
}
_SCRIPTS = (
    ("Russian or another Cyrillic language", "\u0400", "\u04ff"),
    ("Greek", "\u0391", "\u03ff"),
    ("Japanese", "\u3040", "\u30ff"),
    ("Korean", "\uac00", "\ud7af"),
    ("Chinese", "\u4e00", "\u9fff"),
    ("Arabic", "\u0600", "\u06ff"),
    ("Hebrew", "\u0590", "\u05ff"),
    ("Hindi", "\u0900", "\u097f"),
)
_PLENTY = 3
"""Letters of a Greek word: a single one is a symbol."""

_OF_LANGUAGE = {
    word: frozenset(language for language, words in _LANGUAGES.items() if word in words.split())
    for words in _LANGUAGES.values()
    for word in words.split()
}
_COMMENT = re.compile(r"^[ \t]*#+[ \t]*(.{12,200})$|[ \t]#[ \t]+(.{12,200})$", re.MULTILINE)
_SMALL = {
    "English": "the of and is are to for with this that not from only be we if it by in on",
    "German": "der die das und ist nicht für mit von den ein eine auf werden nur nach wir aus im zu",
    "French": "le la les des et est pas pour avec une du dans sur que on nous ne au",
    "Spanish": "el los las del y es para con una que por se en no al como",
    "Portuguese": "os dos das e é para com uma que por não em do da no na",
    "Italian": "il gli della di e è per con una che non del nel le si dei",
    "Dutch": "de het een en is niet voor met van dat op alleen naar we uit",
}
_SMALL_WORDS = {language: frozenset(words.split()) for language, words in _SMALL.items()}
_CLEAR = 3
"""Small words of a language that a cell's comments need, to be in it."""
_WORD = re.compile(r"[^\W\d_]+")


def of_names(names: set[str]) -> str:
    """Tell the language of a cell's names if it is clearly another than English, or else ``""``."""
    for name in sorted(names):
        if not name.isascii():
            for language, start, end in _SCRIPTS:
                if sum(start <= letter <= end for letter in name) >= (_PLENTY if language == "Greek" else 1):
                    return language
    seen: dict[str, set[str]] = {}
    for name in names:
        for word in parts(name):
            for language in _OF_LANGUAGE.get(word, ()):
                seen.setdefault(language, set()).add(word)
    return _most({language: len(words) for language, words in seen.items()}, 2)


def of_comments(code: str) -> str:
    """Tell the language of a cell's comments, or ``""`` where they are too few to tell."""
    if "#" not in code:
        return ""
    lines = [found[1] or found[2] for found in _COMMENT.finditer(code)]
    if not lines:
        return ""
    words = _WORD.findall(" ".join(lines).lower())
    return _most({language: sum(word in small for word in words) for language, small in _SMALL_WORDS.items()}, _CLEAR)


def _most(counts: dict[str, int], least: int) -> str:
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    if not ranked or ranked[0][1] < least or (len(ranked) > 1 and ranked[1][1] * 2 > ranked[0][1]):
        return ""
    return ranked[0][0]
