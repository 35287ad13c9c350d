/** Names as one of the country's communities gives them. */
export interface Community {
  /** How many of 100 people belong to it. */
  readonly share: number;
  readonly female: readonly string[];
  readonly male: readonly string[];
  readonly family: readonly string[];
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Family names are invented; given names are common ones, so a likeness with anybody is chance. */
export const communities: readonly Community[] = [
  {
    share: 46, // the coast
    female: words(
      "Aino Eha Elo Helve Iiris Kadri Laine Leelo Liis Maarja Mare Merle Mirjam Pille Reet Salme Tiiu Triin Ülle Õie",
    ),
    male: words(
      "Aivo Ats Eerik Hannes Ilmar Jaak Joosep Kaarel Kristjan Lembit Mihkel Oskar Priit Rasmus Siim Taavi Tõnu Urmas Veiko Ülo",
    ),
    family: words(
      "Aaviksalu Haldvere Järvekand Kaljuneem Karukivi Kuusiksoo Laanelaid Liivarand Lõunatuul Merepuu Metsalind Mustkallas Niidupää Nõmmekai Pihlametsa Raudallik Rohulaid Saarekõrv Sinijõgi Soosild Tammeoru Toomevälja Tuulekivi Udulaht Vahtrasaar Vesiloik Viirpalu Võrgumäe Õunalepik Ääremaa",
    ),
  },
  {
    share: 24, // the inland
    female: words(
      "Alena Bohdana Darya Halyna Iryna Jadwiga Kalina Ludmila Milena Nadia Oksana Renata Svitlana Vesna Yana Zofia",
    ),
    male: words(
      "Andriy Bogdan Dmitro Gleb Ivo Jaromir Kirill Lev Marek Maksym Pavel Radek Stanislav Taras Vadim Zdenek",
    ),
    family: words(
      "Bereznik Borovenko Chornolis Dubrevich Glinyarz Horbatenko Jelenak Kamenchuk Krasnopol Lipovenko Malinovich Ozerchak Pidlisnik Polyanenko Rechnik Sokolenchuk Stepnyak Topolich Verbenko Vodnarz Yavorenko Zelenchak",
    ),
  },
  {
    share: 12, // the south
    female: words("Beatriz Chiara Consuelo Elisenda Fiorella Inês Lucía Marisol Noemi Paloma Rosalba Ximena"),
    male: words("Alonso Bento Dário Emiliano Fermín Gaspar Iñigo Lorenzo Nuno Rafael Tiago Vasco"),
    family: words(
      "Almarosa Belcampo Casalverde Dosfontes Espinhal Fontebranca Lagoserra Montelírio Olivanegra Peñarriba Ribaquieta Sanluz Torrevieira Valdequinta",
    ),
  },
  {
    share: 10, // the east
    female: words("Aigerim Ayşe Dilnoza Elif Gülnar Leyla Meher Nasrin Parisa Samira Zeynep Zohra"),
    male: words("Arman Baurzhan Cem Dariush Emre Farhod Ilyas Kerem Nurlan Omid Rustam Yusuf"),
    family: words(
      "Akbulakov Altınırmak Badakhzad Çınardağ Darvazi Gülbahçeli Karatepeli Mirzobod Nurqanat Sarıgölcü Temirsoy Yeşilovalı Zarafgul",
    ),
  },
  {
    share: 8, // across the sea
    female: words("Abena Adaeze Chiamaka Efua Folake Ifeoma Lindiwe Malia Nkechi Sina Temperance Zanele"),
    male: words("Ade Chidi Ekow Femi Keola Kwabena Mandla Obinna Sefo Tayo Tendai Winston"),
    family: words(
      "Abaluwade Akwadorom Banjotunde Chukwumeli Dlaminkosi Ekwubiri Halelani Kahananui Mensabrafi Nyathimba Okonjide Tuifagalele",
    ),
  },
];
